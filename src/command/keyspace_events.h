// Keyspace notifications: what happens to keys is published to the channels
// __keyspace@0__:KEY (the event) and __keyevent@0__:EVENT (the key), where notify-keyspace-events
// asks for it.
//
// An event is published once, in the order of the writes, and not before its write may be
// acknowledged. So changes are added under the writer lock, wait in a queue, and leave it when a
// session has committed: what was written before that is then as durable as its own write is. What
// needs no commit (expiries, misses) waits its turn in the queue, too.
//
// A write stands, whether or not there is memory to tell of it: an event that cannot be kept or
// published is dropped and counted, and who listens to events is closed, so that nobody misses one
// without knowing.
//
// Where nobody asks, a write costs one look at are_wanted().
//
// Thread rule: any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <new>
#include <span>
#include <string>
#include <string_view>

#include "src/base/mutex.h"
#include "src/command/channels.h"
#include "src/command/expiry_watch.h"
#include "src/command/key_events.h"

namespace kvstore {
class Store;
}

namespace kvstore::command {

class KeyspaceEvents {
 public:
  // Both must outlive it.
  KeyspaceEvents(Store& store, Channels& channels)
      : channels_(channels),
        watch_(store, channels, [this](std::string_view key) { add_expired(key); }) {}

  // Of key_events.h. kLimit: there can be no thread for expiries.
  Status set_classes(std::uint32_t classes) KV_EXCLUDES(setting_);
  std::uint32_t classes() const { return classes_.load(std::memory_order_relaxed); }
  bool are_wanted() const { return published() != 0; }
  bool wants(EventClass one) const { return (published() & one) != 0; }

  // --- What a session writes. The caller holds the writer lock since before it wrote.
  // `is_strict`: it waits for its own commit, which syncs whatever the policy. The answer: what to
  // call committed() with, 0 that there is no need.
  std::uint64_t add(std::uint64_t session, std::span<const ToldChange> changes,
                    bool is_strict) noexcept KV_EXCLUDES(mutex_);
  // So is what others had written by then, as the policy promises.
  void committed(std::uint64_t session, std::uint64_t last) noexcept KV_EXCLUDES(mutex_);
  // Of what the session has added and not committed nothing is told.
  void forget(std::uint64_t session) noexcept KV_EXCLUDES(mutex_);
  // What needs no commit.
  void add_now(KeyEvent event, std::string_view key) noexcept KV_EXCLUDES(mutex_);

  // An event, or more, is not told for want of memory.
  void lose() noexcept;
  // Calls `tell`, which takes memory.
  template <class Tell>
  void lose_without_memory(Tell tell) noexcept {
    try {
      tell();
    } catch (const std::bad_alloc&) {
      lose();
    }
  }
  // How often that was so.
  std::uint64_t lost() const { return lost_.load(std::memory_order_relaxed); }

 private:
  struct Waiting {
    KeyEvent event;
    std::string key;
    std::uint64_t session = 0;  // 0: it needs no commit
    bool is_strict = false;
  };
  void add_expired(std::string_view key) { add_now(key_event::kExpired, key); }
  void add(std::uint64_t session, const ToldChange& change, std::uint64_t now_ms, bool is_strict)
      KV_EXCLUDES(mutex_);
  void push(Waiting one) KV_REQUIRES(mutex_);
  void publish_ready() noexcept KV_REQUIRES(mutex_);
  void publish(const Waiting& one);

  // Of classes(), what goes to any channel.
  std::uint32_t published() const { return published_.load(std::memory_order_relaxed); }

  Channels& channels_;
  Mutex setting_;
  std::atomic<std::uint32_t> classes_{0};
  std::atomic<std::uint32_t> published_{0};
  std::atomic<std::uint64_t> lost_{0};
  Mutex mutex_;
  std::deque<Waiting> queue_ KV_GUARDED_BY(mutex_);
  std::uint64_t first_ KV_GUARDED_BY(mutex_) = 1;      // the number of queue_'s first
  std::uint64_t committed_ KV_GUARDED_BY(mutex_) = 0;  // up to here
  ExpiryWatch watch_;                                  // the last: its thread uses the others
};

}  // namespace kvstore::command
