// Notifies a client that waits for a write: to certain keys, or to any key with a prefix.
//
//     Waiter waiter(store, {.keys = {"log"}}, [&] { /* wake the thread that waits */ });
//     while (!found_what_i_wait_for()) { wait until woken; waiter.take_news(); }
//
// The order matters: first make the Waiter, then look. That look finds what was written before the
// Waiter was made; the Waiter notifies of everything later. It tells that there were writes, not
// what they were: look again. A write is visible before its notification, and may not be on the
// disk yet, as with any read. There is no notification when a key expires.
//
// A write without waiters costs one relaxed load.
//
// Thread rule: take_news() and needs_polling() on any thread. The store must outlive this.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/store/store.h"

namespace kvstore {

class Core;
class Waiters;

class Waiter {
 public:
  struct What {
    std::vector<std::string> keys;
    std::optional<std::string> prefix;
    // For clients that remove what they wait for, sorted sets: a write that leaves one at a key
    // notifies only the first of these waiters; when it goes, the next one is notified. So they are
    // served in order of arrival. Each notification owes a look: end it with end_look().
    bool in_turn = false;
  };
  // Called by the writing thread, under the store's writer lock: it must be brief and must not call
  // the store. Called at most once until take_news().
  using Wake = std::function<void()>;

  // Waits for the write that is under way, if any. The calling thread must not hold the writer lock
  // (WriteHold, Store::update). Throws std::bad_alloc.
  Waiter(Store& store, What what, Wake wake);
  ~Waiter();  // afterwards `wake` is not called any more
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;

  // True if something was written since the last call. Call it before the look, not after it.
  bool take_news() { return take_first_news() != 0; }
  bool has_news() const { return first_news() != 0; }
  // The seq of the first write since the last call; 0: none. Once a thread has seen a generation of
  // the file, the notifications of all writes in that generation have been made.
  std::uint64_t take_first_news() { return first_news_.exchange(0); }
  std::uint64_t first_news() const { return first_news_.load(); }
  // The indexes in What::keys of the keys written since the last call, in the order of the writes.
  std::vector<std::uint32_t> take_written_keys();
  // The look after take_news() has ended. Deleting the waiter ends it, too.
  void end_look();

  // --- So that who waits in turn is served before others who come later. Any thread, which must
  // not hold the writer lock for the waits; these are short: a waiter that does not look is given
  // up. Waits for the looks that the write with this seq has caused, and those that these have
  // caused.
  static void await_looks(Store& store, std::uint64_t seq);
  // Waits for the look at the key of the first in turn.
  static void await_look_at(Store& store, std::string_view key);
  // Whether the first in turn for the key, other than `self`, owes a look.
  static bool owes_look(Store& store, std::string_view key, const Waiter* self);
  static bool are_owing(const Store& store);

  // True if the file is open for reading only: another process may write it, without a
  // notification. Look again at intervals.
  bool needs_polling() const;

 private:
  friend class Waiters;
  void tell(std::uint64_t seq) {
    std::uint64_t none = 0;
    if (first_news_.compare_exchange_strong(none, seq)) wake_();
  }

  Core& core_;
  const What what_;
  const Wake wake_;
  std::atomic<std::uint64_t> first_news_{0};
  struct Listed;  // the waiter's entry in the list of all, guarded by the list's lock
  const std::unique_ptr<Listed> listed_;
};

}  // namespace kvstore
