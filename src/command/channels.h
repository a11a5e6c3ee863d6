// PUBLISH and SUBSCRIBE: who listens to which channels, and the messages that wait for them.
//
// A message is held once, however many listen; it is counted before it is, and until the last of
// them has it. Each listener is sent what waits for it on its own thread, as fast as it reads; one
// that falls too far behind loses all that waits, and is to be closed, as Redis does.
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

// Three ways to listen, each with names of its own. Redis' shard channels are, without a cluster,
// one more set of channels.
enum class Listening : std::uint8_t { kChannel, kPattern, kShard };
inline constexpr std::size_t kListenings = 3;

struct Message {
  std::string channel;
  std::string payload;
};

// What waits for one listener. Thread rule: any thread.
class Inbox {
 public:
  struct Item {
    Listening how = Listening::kChannel;
    std::shared_ptr<const Message> message;
    std::shared_ptr<const std::string> pattern;  // of kPattern
  };
  // Holds at most `limit` bytes of messages. `wake` is called, by any thread and with locks held,
  // when the first has come, or one too many.
  Inbox(std::size_t limit, std::function<void()> wake) : limit_(limit), wake_(std::move(wake)) {}
  void add(Item item) KV_EXCLUDES(mutex_);
  // As if one too many had come.
  void overflow() KV_EXCLUDES(mutex_);
  bool has_any() const { return has_any_.load(std::memory_order_acquire); }
  bool has_overflown() const { return has_overflown_.load(std::memory_order_acquire); }
  std::deque<Item> take() KV_EXCLUDES(mutex_);
  // Of what is no longer listened to.
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

// A server's channels. Thread rule: any thread. Whoever listens holds it no longer than it lives.
class Channels {
 public:
  // Where messages are counted.
  struct Memory {
    std::function<bool(std::size_t)> take;  // false: there is none
    std::function<void(std::size_t)> give;
    std::size_t most_of_one_listener = SIZE_MAX;
  };
  explicit Channels(Memory memory) : memory_(std::move(memory)) {}

  std::size_t most_of_one_listener() const { return memory_.most_of_one_listener; }
  void join(Inbox& inbox, Listening how, const std::string& name) KV_EXCLUDES(mutex_);
  void leave(Inbox& inbox, Listening how, const std::string& name) KV_EXCLUDES(mutex_);

  // How many it was for; kLimit: there is no memory for it. It is in their inboxes when this
  // returns.
  Result<std::uint64_t> publish(bool is_shard, std::string_view channel, std::string_view payload)
      KV_EXCLUDES(mutex_);
  // Whom it would be for is closed, as who falls too far behind.
  void close_receivers(std::string_view channel) KV_EXCLUDES(mutex_);
  // Likewise whoever may listen to a channel whose name begins so. Takes no memory.
  void close_listeners(std::string_view beginning) noexcept KV_EXCLUDES(mutex_);
  // How many it would be for.
  std::uint64_t count_receivers(bool is_shard, std::string_view channel) const KV_EXCLUDES(mutex_);

  // What else is counted with messages. False: there is none.
  bool take_memory(std::size_t bytes) const { return memory_.take(bytes); }
  void give_memory(std::size_t bytes) const { memory_.give(bytes); }

  // Channels that somebody listens to, by their names.
  std::vector<std::string> names(Listening how) const KV_EXCLUDES(mutex_);
  std::uint64_t count_listeners(Listening how, std::string_view name) const KV_EXCLUDES(mutex_);
  std::size_t count(Listening how) const KV_EXCLUDES(mutex_);

 private:
  struct Listeners {
    std::unordered_set<Inbox*> inboxes;
    std::shared_ptr<const std::string> pattern;  // and its glob: of kPattern
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
};

}  // namespace kvstore::command
