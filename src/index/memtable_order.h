// The keys of a memtable in order, on request: for ranges, and for sealing. Writers only append to
// the list of entries (write_order.h). Nothing is sorted before the first walk, and then by the
// threads that walk.
//
// Entries loaded at an open are in no list, so the first walk sorts all slots of the memtable (the
// base). Later walks add what was written since: to a small sorted array, the newest, which is
// copied as it grows (readers hold the old one). When it is full it becomes the last of a stack of
// mini-runs; as soon as kFanIn of similar size are at its end they are merged. So a walk merges a
// dozen mini-runs at most, and an entry is merged once for each factor of kFanIn in the number of
// entries.
//
// If a record cannot be read, its place is unknown: then every walk is damaged().
//
// Thread rule: any thread, concurrently with the writer, which neither waits nor is waited for. A
// walk waits for another thread that is sorting; otherwise it does not wait. Cursors keep what they
// walk over alive.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "src/base/function_ref.h"
#include "src/base/mutex.h"
#include "src/index/cursor.h"
#include "src/index/mini_run.h"
#include "src/index/write_order.h"
#include "src/log/view.h"

namespace kvstore::index {

class Memtable;

class MemtableOrder {
 public:
  MemtableOrder(const Memtable& memtable, const WriteOrder& written)
      : memtable_(memtable), written_(written) {}

  // Returns a view of the log as of the call, which covers everything written before.
  using ViewSource = FunctionRef<log::View()>;

  // A cursor over each key's newest entry among those published before the call; later ones appear
  // in later cursors. Call it under a Guard of the memtable's epochs; the cursor itself only needs
  // the mapping of the log. Throws std::bad_alloc, and Cancelled if many keys must be sorted first.
  std::unique_ptr<Cursor> cursor(ViewSource view);
  // Adds a cursor for each mini-run, newest first, to merge them with those of other parts.
  void add_cursors(ViewSource view, std::vector<std::unique_ptr<Cursor>>* newest_first);

  // Sorts ahead of the next walk: all slots the first time, then at most `limit` entries. Returns
  // whether there are more. Throws as cursor().
  bool sort_some(ViewSource view, std::uint64_t limit);

  std::uint64_t bytes() const { return bytes_.load(std::memory_order_relaxed); }  // of memory

 private:
  static constexpr std::size_t kNewest = 512;  // keys in the newest array
  static constexpr std::size_t kFanIn = 4;

  using Run = std::shared_ptr<const MiniRun>;
  // The state that walks use.
  struct Runs {
    Run newest;
    std::shared_ptr<const std::vector<Run>> stack;  // newest last
    std::uint64_t end = 0;                          // number of entries that it covers
    std::uint64_t unreadable = 0;                   // offset of an unreadable record, or 0
  };
  static unsigned level_of(const MiniRun& run);

  Runs current() const KV_EXCLUDES(current_mutex_);
  Runs sorted_up_to(ViewSource view, std::uint64_t end) KV_EXCLUDES(sorting_mutex_);
  void sort_base(ViewSource view) KV_REQUIRES(sorting_mutex_);
  void sort_next(ViewSource view, std::uint64_t end) KV_REQUIRES(sorting_mutex_);
  void push(KeyReader& reader, Run run, Runs* to) const;
  void publish(Runs next) KV_EXCLUDES(current_mutex_);

  const Memtable& memtable_;
  const WriteOrder& written_;
  std::atomic<std::uint64_t> bytes_{0};

  Mutex sorting_mutex_;
  mutable Mutex current_mutex_;  // held briefly; taken after it
  Runs current_ KV_GUARDED_BY(current_mutex_);
};

}  // namespace kvstore::index
