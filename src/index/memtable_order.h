// A memtable's keys in order, for whoever asks: ranges, and sealing. Writers pay for it with
// the list of their entries (write_order.h) and nothing else: nothing is sorted until the
// first walk asks, and then by those who ask.
//
// What was loaded at an open is in no list, so the first walk sorts all slots of the
// memtable (the base). From then on each walk adds what was written since: to a small
// sorted array, the newest, which is copied as it grows (readers hold the old one); when it
// is full it becomes the last of a stack of mini-runs, in which as soon as kFanIn of a size
// stand at the end they are merged. A walk so merges a dozen mini-runs at most, and an
// entry is merged once for each factor of kFanIn in the number of entries.
//
// If a record cannot be read, its place is unknown: every walk is damaged() from then on.
//
// Thread rule: all from any thread, beside the writer, who is never waited for and never
// waits. Whoever walks first waits for nobody, who comes while something is being sorted
// waits for that. Cursors keep what they walk over alive.
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

  // The view of the log as it is when it is called: it covers what was written before.
  using ViewSource = FunctionRef<log::View()>;

  // Walks over each key's newest entry among those that were published before the call;
  // later ones show in later cursors. Call it under a Guard of the memtable's epochs; the
  // cursor needs none, only the mapping of the log. Throws std::bad_alloc, and Cancelled
  // where many keys have to be sorted first.
  std::unique_ptr<Cursor> cursor(ViewSource view);
  // The mini-runs one by one, newest first, for who merges them with other parts'.
  void add_cursors(ViewSource view, std::vector<std::unique_ptr<Cursor>>* newest_first);

  // Sorts ahead of the next walk: all slots the first time, then at most `limit` entries.
  // Returns whether there are more. As cursor().
  bool sort_some(ViewSource view, std::uint64_t limit);

  std::uint64_t bytes() const { return bytes_.load(std::memory_order_relaxed); }  // of memory

 private:
  static constexpr std::size_t kNewest = 512;  // keys in the newest array
  static constexpr std::size_t kFanIn = 4;

  using Run = std::shared_ptr<const MiniRun>;
  // What walks see.
  struct Runs {
    Run newest;
    std::shared_ptr<const std::vector<Run>> stack;  // newest last
    std::uint64_t end = 0;                          // of the entries that it knows
    std::uint64_t unreadable = 0;                   // offset of a record, or 0
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
  mutable Mutex current_mutex_;  // for a moment only; taken after it
  Runs current_ KV_GUARDED_BY(current_mutex_);
};

}  // namespace kvstore::index
