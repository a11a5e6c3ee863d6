// Tells who waits for a write: of certain keys, or of any key that begins with a prefix.
//
//     Waiter waiter(store, {.keys = {"log"}}, [&] { /* wake the thread that waits */ });
//     while (!found_what_i_wait_for()) { wait until woken; waiter.take_news(); }
//
// The order is what makes it safe: first the Waiter, then the look. What is written before the
// Waiter is made shows to that look; of what is written later it tells. It tells of writes, not
// of what they were: look again. A write shows before it is told of, and may not be on the disk
// yet, as with any read. Of keys that only expire nobody tells.
//
// A write that nobody waits for pays one relaxed load.
//
// Thread rule: take_news() and needs_polling() from any thread. The store must outlive it.
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
    // For who takes away what it waits for: of all who wait so for one key only the first is told
    // of a write; when that one goes, the next. So they are served in the order of their coming.
    bool in_turn = false;
  };
  // Called by the thread that writes, under the store's writer lock: it must do next to nothing,
  // and not call the store. Not again before take_news().
  using Wake = std::function<void()>;

  // Waits for the write that is under way, if there is one; not to be made by a thread that holds
  // the writer lock (WriteHold, Store::update). Throws std::bad_alloc.
  Waiter(Store& store, What what, Wake wake);
  ~Waiter();  // afterwards `wake` is called no more
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;

  // Whether something was written since the last call. Before the look, not after it.
  bool take_news() { return take_first_news() != 0; }
  bool has_news() const { return first_news() != 0; }
  // The seq of the first write since that call; 0: none. Whoever has seen a generation of the file
  // has, of all writes in it, been told before.
  std::uint64_t take_first_news() { return first_news_.exchange(0); }
  std::uint64_t first_news() const { return first_news_.load(); }
  // Of those of its keys that it was told of since the last call, their numbers in What::keys, in
  // the order of the writes.
  std::vector<std::uint32_t> take_written_keys();
  // The file is open for reading only, so that another process may write it, of which nobody tells:
  // look again now and then.
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
  struct Listed;  // what the list of all notes of it, guarded by that one's lock
  const std::unique_ptr<Listed> listed_;
};

}  // namespace kvstore
