#include "src/index/memtable_order.h"

#include <algorithm>
#include <utility>

#include "src/index/memtable.h"
#include "src/index/merging_cursor.h"

namespace kvstore::index {
namespace {

// A cursor over keys one of which cannot be read: that one may be anywhere.
class UnreadableCursor final : public Cursor {
 public:
  explicit UnreadableCursor(std::uint64_t offset) : offset_(offset) {}
  void seek(std::string_view) override {}
  void seek_before(std::string_view) override {}
  void seek_first() override {}
  void seek_last() override {}
  void next() override {}
  void prev() override {}
  bool damaged() const override { return true; }
  std::uint64_t damaged_at() const override { return offset_; }

 private:
  const std::uint64_t offset_;
};

}  // namespace

std::unique_ptr<Cursor> MemtableOrder::cursor(ViewSource view) {
  std::vector<std::unique_ptr<Cursor>> cursors;
  add_cursors(view, &cursors);
  return merged(std::move(cursors));
}

void MemtableOrder::add_cursors(ViewSource view,
                                std::vector<std::unique_ptr<Cursor>>* newest_first) {
  const Runs runs = sorted_up_to(view, written_.size());
  if (runs.unreadable != 0) {
    newest_first->push_back(std::make_unique<UnreadableCursor>(runs.unreadable));
    return;
  }
  const log::View bytes = view();
  if (runs.newest->size() > 0) newest_first->push_back(cursor_of(runs.newest, bytes));
  for (auto run = runs.stack->rbegin(); run != runs.stack->rend(); ++run) {
    newest_first->push_back(cursor_of(*run, bytes));
  }
}

bool MemtableOrder::sort_some(ViewSource view, std::uint64_t limit) {
  const std::uint64_t end = written_.size();
  const Runs before = current();
  if (before.stack && end - before.end > limit) {
    sorted_up_to(view, before.end + limit);
    return true;
  }
  sorted_up_to(view, end);
  return written_.size() > end;
}

MemtableOrder::Runs MemtableOrder::current() const {
  MutexLock lock(current_mutex_);
  return current_;
}

MemtableOrder::Runs MemtableOrder::sorted_up_to(ViewSource view, std::uint64_t end) {
  const auto is_enough = [end](const Runs& runs) {
    return runs.stack && (runs.end >= end || runs.unreadable != 0);
  };
  if (Runs runs = current(); is_enough(runs)) return runs;
  MutexLock lock(sorting_mutex_);
  if (!current().stack) sort_base(view);
  if (!is_enough(current())) sort_next(view, end);
  return current();
}

// Entries written meanwhile may be in the slots, and are in the list too. A walk that must see them
// reads the list up to now. Other walks are not harmed: the store skips newer records than it may
// see, and an older entry before it is the right one.
void MemtableOrder::sort_base(ViewSource view) {
  Runs base;
  base.newest = std::make_shared<MiniRun>();
  base.end = written_.size();
  std::vector<Entry> entries;
  entries.reserve(memtable_.keys());
  memtable_.visit([&](std::uint64_t offset) {
    entries.emplace_back(offset);
    return true;
  });
  KeyReader reader(view());
  Run sorted = MiniRun::sort(reader, entries);
  base.unreadable = reader.unreadable();
  auto stack = std::make_shared<std::vector<Run>>();
  if (sorted && sorted->size() > 0) stack->push_back(std::move(sorted));
  base.stack = std::move(stack);
  publish(std::move(base));
}

void MemtableOrder::sort_next(ViewSource view, std::uint64_t end) {
  Runs next = current();
  std::vector<Entry> entries;
  entries.reserve(end - next.end);
  written_.each(next.end, end, [&](Entry entry) { entries.push_back(entry); });
  KeyReader reader(view());
  Run sorted = MiniRun::sort(reader, entries);
  if (sorted) sorted = MiniRun::merge(reader, sorted, next.newest);
  next.end = end;
  if (sorted && sorted->size() <= kNewest) {
    next.newest = std::move(sorted);
  } else if (sorted) {
    next.newest = std::make_shared<MiniRun>();
    push(reader, std::move(sorted), &next);
  }
  next.unreadable = reader.unreadable();
  publish(std::move(next));
}

unsigned MemtableOrder::level_of(const MiniRun& run) {
  unsigned level = 0;
  for (std::size_t size = kNewest * kFanIn; size <= run.size(); size *= kFanIn) ++level;
  return level;
}

// Sizes never grow from one mini-run of the stack to the next, and there are fewer than kFanIn of
// each size except the largest.
void MemtableOrder::push(KeyReader& reader, Run run, Runs* to) const {
  auto stack = std::make_shared<std::vector<Run>>(*to->stack);
  while (run) {
    const unsigned level = level_of(*run);
    auto first = stack->end();
    while (first != stack->begin() && level_of(**(first - 1)) <= level) --first;
    const bool smaller_below =
        std::any_of(first, stack->end(), [&](const Run& one) { return level_of(*one) < level; });
    if (!smaller_below && static_cast<std::size_t>(stack->end() - first) + 1 < kFanIn) break;
    while (run && stack->end() != first) {
      run = MiniRun::merge(reader, run, stack->back());
      stack->pop_back();
    }
  }
  if (run) stack->push_back(std::move(run));
  to->stack = std::move(stack);
}

void MemtableOrder::publish(Runs next) {
  std::uint64_t bytes = next.newest->bytes();
  for (const Run& run : *next.stack) bytes += run->bytes();
  bytes_.store(bytes, std::memory_order_relaxed);
  MutexLock lock(current_mutex_);
  std::swap(current_, next);  // the old ones are freed after the lock is released
}

}  // namespace kvstore::index
