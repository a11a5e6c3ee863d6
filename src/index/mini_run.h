// A mini-run: entries of a memtable in key order, in memory. The keys are in the log; the run holds
// 8 bytes of each, those after the prefix that all of its keys share, so that a comparison rarely
// needs the log.
//
// A comparison that does reads the record's head and verifies it: corrupt bytes never cause a wrong
// order. Instead the operation fails with the record's offset.
//
// Thread rule: immutable once made.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/prefetch.h"
#include "src/index/cursor.h"
#include "src/index/entry.h"
#include "src/log/view.h"

namespace kvstore::index {

// Reads keys from the log, and remembers where that failed.
class KeyReader {
 public:
  explicit KeyReader(const log::View& view) : view_(view) {}

  // False: the record cannot be read. Otherwise *record is valid until the next read into it.
  bool read(Entry entry, log::Record* record) {
    if (view_.header(entry.offset(), record) == log::HeaderCheck::kValid) [[likely]]
      return true;
    unreadable_ = entry.offset();
    return false;
  }
  // Prefetches a record: its head and its key, if that is short.
  void prefetch(Entry entry) const { prefetch_lines(view_.data, entry.offset(), 2, view_.limit); }
  const log::View& view() const { return view_; }
  std::uint64_t unreadable() const { return unreadable_; }  // 0: all could be read

 private:
  log::View view_;
  std::uint64_t unreadable_ = 0;
};

class MiniRun {
 public:
  struct Item {
    std::uint64_t digits = 0;  // key_prefix() of the key after shared()
    Entry entry;
  };

  MiniRun() = default;  // without keys
  // Sorts entries; of several entries of one key it keeps the one with the highest offset. Null: a
  // record could not be read. Throws std::bad_alloc, and Cancelled.
  static std::shared_ptr<const MiniRun> sort(KeyReader& reader, std::span<const Entry> entries);
  // Merges both runs; for a key in both it keeps the newer run's entry. Errors as sort().
  static std::shared_ptr<const MiniRun> merge(KeyReader& reader,
                                              const std::shared_ptr<const MiniRun>& newer,
                                              const std::shared_ptr<const MiniRun>& older);

  std::size_t size() const { return items_.size(); }
  Entry entry(std::size_t i) const { return items_[i].entry; }
  std::string_view shared() const { return shared_; }
  std::span<const Item> items() const { return items_; }
  std::size_t bytes() const;
  // The index of the first key that is not below `key`. False: a record could not be read.
  bool lower_bound(KeyReader& reader, std::string_view key, std::size_t* found) const;

 private:
  void shrink();

  std::string shared_;  // prefix of all keys
  std::vector<Item> items_;
};

// A cursor that keeps the run alive. The view must cover its records and outlive the cursor.
std::unique_ptr<Cursor> cursor_of(std::shared_ptr<const MiniRun> run, const log::View& view);

}  // namespace kvstore::index
