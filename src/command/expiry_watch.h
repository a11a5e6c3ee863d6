// Reports the expiry of keys, while a client has subscribed to these events. The store keeps no
// list of expiries: expired keys just become invisible, and nothing is written.
//
// A thread lists the keys with an expiry, a few at a time under the writer lock, and then waits for
// the earliest. Writes report every change under that lock. So each expiry is reported once, and
// not at all if a write came first.
//
// Thread rule: any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "src/base/hash.h"
#include "src/base/mutex.h"
#include "src/base/status.h"
#include "src/command/key_events.h"

namespace kvstore {
class Store;
}

namespace kvstore::command {

class Channels;

class ExpiryWatch {
 public:
  // `expired` is called under the writer lock. The memory of the list is accounted as messages are,
  // up to kMostMemory; keys that do not fit are not watched.
  ExpiryWatch(Store& store, Channels& memory, std::function<void(std::string_view key)> expired)
      : store_(store), memory_(memory), expired_(std::move(expired)) {}
  ~ExpiryWatch();
  ExpiryWatch(const ExpiryWatch&) = delete;
  ExpiryWatch& operator=(const ExpiryWatch&) = delete;

  // kLimit: no thread can be started. Neither call waits for the thread, because the caller may
  // hold the writer lock.
  Status start() KV_EXCLUDES(mutex_);
  void stop() KV_EXCLUDES(mutex_);

  // --- Under the writer lock.
  // The key now expires at that time; 0: never.
  void put(std::string_view key, std::uint64_t expires_at_ms) KV_EXCLUDES(mutex_);
  // The same of all changes of one write, of which nobody sees what is between them: a key whose
  // time one of them takes away again has not expired, however short that was. False: there was
  // not enough memory for all.
  bool put_all(std::span<const ToldChange> changes) noexcept KV_EXCLUDES(mutex_);
  // Whether it had by then, and expired_ was not called for it, nor will be.
  bool take_if_expired(std::string_view key, std::uint64_t then_ms) KV_EXCLUDES(mutex_);
  // There are no keys any more. False.
  bool clear() KV_EXCLUDES(mutex_);

  // Of the store's clock.
  std::uint64_t now_ms() const;

 private:
  using Times = std::unordered_map<std::string, std::uint64_t, SeededHash, std::equal_to<>>;

  enum class State : std::uint8_t { kStopped, kStarted, kListed, kEnding };

  void run() KV_EXCLUDES(mutex_);
  State state() const KV_EXCLUDES(mutex_);
  // True: the keys must be listed; on return they count as listed.
  bool begin_listing() KV_EXCLUDES(mutex_);
  void list_keys() KV_EXCLUDES(mutex_);
  void list(std::span<const std::string> keys) KV_EXCLUDES(mutex_);
  bool tell_of_expired() KV_EXCLUDES(mutex_);
  // Removes and returns some of the keys that have expired.
  std::vector<std::string> take_expired() KV_EXCLUDES(mutex_);
  void wait_for_next() KV_EXCLUDES(mutex_);
  void try_again_later() KV_EXCLUDES(mutex_);
  static constexpr std::size_t kMostMemory = std::size_t{256} << 20;
  bool take_memory(std::size_t bytes) KV_REQUIRES(mutex_);
  void give_memory(std::size_t bytes) KV_REQUIRES(mutex_);
  void put_one(std::string_view key, std::uint64_t expires_at_ms) KV_REQUIRES(mutex_);
  void erase(Times::iterator at) KV_REQUIRES(mutex_);
  void erase_all() KV_REQUIRES(mutex_);

  Store& store_;
  Channels& memory_;
  const std::function<void(std::string_view)> expired_;
  mutable Mutex mutex_;
  State state_ KV_GUARDED_BY(mutex_) = State::kStopped;
  std::thread thread_ KV_GUARDED_BY(mutex_);  // set by the first start
  CondVar changed_;
  Times times_ KV_GUARDED_BY(mutex_);
  std::size_t held_ KV_GUARDED_BY(mutex_) = 0;  // bytes
  // The same in order. The names are the keys of times_, whose addresses are stable.
  std::set<std::pair<std::uint64_t, const std::string*>> order_ KV_GUARDED_BY(mutex_);
};

}  // namespace kvstore::command
