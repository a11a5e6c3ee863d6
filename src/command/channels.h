// PUBLISH and SUBSCRIBE: the subscribers of channels, and the messages queued for them.
//
// A message is stored once for all receivers, and its memory is accounted before it is stored and
// until the last receiver has it. Each subscriber is sent its messages on its own thread, at its
// own speed. A subscriber that falls too far behind loses all queued messages and must be closed,
// as in Redis.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "src/base/mutex.h"
#include "src/base/status.h"
#include "src/command/glob.h"

namespace kvstore::command {

// The three kinds of subscription, each with its own names. Without a cluster, Redis' shard
// channels are just another set of channels.
enum class Listening : std::uint8_t { kChannel, kPattern, kShard };
inline constexpr std::size_t kListenings = 3;

struct Message {
  std::string channel;
  std::string payload;
};

// The queue of messages for one subscriber. Thread rule: any thread.
class Inbox {
 public:
  struct Item {
    Listening how = Listening::kChannel;
    std::shared_ptr<const Message> message;
    std::shared_ptr<const std::string> pattern;  // kPattern only
  };
  // Holds at most `limit` bytes of messages. `wake` is called, on any thread and with locks held,
  // when the first message arrives, or when the limit is exceeded.
  Inbox(std::size_t limit, std::function<void()> wake) : limit_(limit), wake_(std::move(wake)) {}
  void add(Item item) KV_EXCLUDES(mutex_);
  // Acts as if the limit had been exceeded.
  void overflow() KV_EXCLUDES(mutex_);
  bool has_any() const { return has_any_.load(std::memory_order_acquire); }
  bool has_overflown() const { return has_overflown_.load(std::memory_order_acquire); }
  std::deque<Item> take() KV_EXCLUDES(mutex_);
  // Discards messages of a subscription that has ended.
  void forget(Listening how, std::string_view name) KV_EXCLUDES(mutex_);

 private:
  const std::size_t limit_;
  const std::function<void()> wake_;
  std::atomic<bool> has_any_{false};
  std::atomic<bool> has_overflown_{false};
  Mutex mutex_;
  std::deque<Item> items_ KV_GUARDED_BY(mutex_);
  std::size_t bytes_ KV_GUARDED_BY(mutex_) = 0;
};

// The channels of a server. Thread rule: any thread. An Inbox must unsubscribe before it is
// destroyed.
class Channels {
 public:
  // Accounts for the memory of messages.
  struct Memory {
    std::function<bool(std::size_t)> take;  // false: the limit is reached
    std::function<void(std::size_t)> give;
    std::size_t most_of_one_listener = SIZE_MAX;
  };
  explicit Channels(Memory memory) : memory_(std::move(memory)) {}

  std::size_t most_of_one_listener() const { return memory_.most_of_one_listener; }
  void join(Inbox& inbox, Listening how, const std::string& name) KV_EXCLUDES(mutex_);
  void leave(Inbox& inbox, Listening how, const std::string& name) KV_EXCLUDES(mutex_);

  // Returns the number of receivers; the message is in their inboxes by then. kLimit: not enough
  // memory for it.
  Result<std::uint64_t> publish(bool is_shard, std::string_view channel, std::string_view payload)
      KV_EXCLUDES(mutex_);
  // Closes all receivers of the channel, as if they had fallen too far behind.
  void close_receivers(std::string_view channel) KV_EXCLUDES(mutex_);
  // The same for the receivers of every channel whose name has this prefix. Takes no memory.
  void close_listeners(std::string_view beginning) noexcept KV_EXCLUDES(mutex_);
  // Whether there may be a receiver of any message: without a lock, for those who publish much.
  bool has_listeners() const { return has_listeners_.load(std::memory_order_relaxed); }
  // The number of receivers that a message would have.
  std::uint64_t count_receivers(bool is_shard, std::string_view channel) const KV_EXCLUDES(mutex_);

  // Accounts for other memory in the same way. False: the limit is reached.
  bool take_memory(std::size_t bytes) const { return memory_.take(bytes); }
  void give_memory(std::size_t bytes) const { memory_.give(bytes); }

  // Names of the channels with subscribers, sorted.
  std::vector<std::string> names(Listening how) const KV_EXCLUDES(mutex_);
  std::uint64_t count_listeners(Listening how, std::string_view name) const KV_EXCLUDES(mutex_);
  std::size_t count(Listening how) const KV_EXCLUDES(mutex_);

 private:
  struct Listeners {
    std::unordered_set<Inbox*> inboxes;
    std::shared_ptr<const std::string> pattern;  // kPattern only, with its glob
    std::shared_ptr<const Glob> glob;
  };
  using Names = std::map<std::string, Listeners, std::less<>>;

  std::shared_ptr<const Message> make(std::string_view channel, std::string_view payload) const;
  void visit_receivers(bool is_shard, std::string_view channel,
                       const std::function<void(Listening, const Listeners&)>& visit) const
      KV_REQUIRES(mutex_);
  const Names& of(Listening how) const KV_REQUIRES(mutex_) {
    return names_[static_cast<std::size_t>(how)];
  }

  const Memory memory_;
  mutable Mutex mutex_;
  std::array<Names, kListenings> names_ KV_GUARDED_BY(mutex_);
  std::atomic<bool> has_listeners_{false};  // changed under mutex_
};

}  // namespace kvstore::command
