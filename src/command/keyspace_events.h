// Keyspace notifications: publishes events of keys to the channels __keyspace@0__:KEY (the event)
// and __keyevent@0__:EVENT (the key), as notify-keyspace-events selects.
//
// An event is published once, in the order of the writes, and not before its write may be
// acknowledged. So events are added to a queue under the writer lock, and leave it when a session
// has committed: earlier writes of other sessions are as durable then as its own. Events without a
// commit (expiries, misses) pass through the queue in turn, too.
//
// A write succeeds whether or not there is memory for its events: an event that cannot be kept or
// published is dropped and counted, and the subscribers of events are closed, so that no client
// misses an event without notice.
//
// If no events are selected, a write costs one check of are_wanted(). What nobody listens to when it
// happens is not queued.
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
  // Both arguments must outlive this.
  KeyspaceEvents(Store& store, Channels& channels)
      : channels_(channels),
        watch_(store, channels, [this](std::string_view key) { add_expired(key); }) {}

  // See key_events.h. kLimit: no thread can be started for expiries.
  Status set_classes(std::uint32_t classes) KV_EXCLUDES(setting_);
  std::uint32_t classes() const { return classes_.load(std::memory_order_relaxed); }
  bool are_wanted() const { return published() != 0; }
  bool wants(EventClass one) const { return (published() & one) != 0; }

  // --- Writes of a session. The caller has held the writer lock since before the write.
  // `is_strict`: the session's own commit syncs, whatever the policy. Returns the number to pass to
  // committed(); 0: no call is needed.
  std::uint64_t add(std::uint64_t session, std::span<const ToldChange> changes,
                    bool is_strict) noexcept KV_EXCLUDES(mutex_);
  // The session's changes up to `last` are committed, and so are, as the policy requires, earlier
  // changes of others.
  void committed(std::uint64_t session, std::uint64_t last) noexcept KV_EXCLUDES(mutex_);
  // Discards the events that the session has added but not committed.
  void forget(std::uint64_t session) noexcept KV_EXCLUDES(mutex_);
  // Adds an event that needs no commit.
  void add_now(KeyEvent event, std::string_view key) noexcept KV_EXCLUDES(mutex_);

  // Notes that at least one event was dropped for lack of memory.
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
  // The number of calls of lose().
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

  // The subset of classes() that is published to any channel.
  std::uint32_t published() const { return published_.load(std::memory_order_relaxed); }

  Channels& channels_;
  Mutex setting_;
  std::atomic<std::uint32_t> classes_{0};
  std::atomic<std::uint32_t> published_{0};
  std::atomic<std::uint64_t> lost_{0};
  Mutex mutex_;
  std::deque<Waiting> queue_ KV_GUARDED_BY(mutex_);
  std::uint64_t first_ KV_GUARDED_BY(mutex_) = 1;      // number of the first event in queue_
  std::uint64_t committed_ KV_GUARDED_BY(mutex_) = 0;  // events before this number are committed
  ExpiryWatch watch_;                                  // declared last: its thread uses the other
                                                       // members
};

}  // namespace kvstore::command
