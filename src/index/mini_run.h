// A mini-run: entries of a memtable in the order of their keys, in memory. The keys are in the
// log; of each the run holds 8 bytes, those after the bytes that all of its keys begin with,
// so that a comparison hardly ever has to look there.
//
// A comparison that does reads the record's head with its check: bytes that have rotted
// since make nothing stand in a wrong place. They make what needs them fail, with the
// offset of the record.
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

// Reads keys from the log, and keeps in mind where that failed.
class KeyReader {
 public:
  explicit KeyReader(const log::View& view) : view_(view) {}

  // False: the record cannot be read. Else *record holds until the next read into it.
  bool read(Entry entry, log::Record* record) {
    if (view_.header(entry.offset(), record) == log::HeaderCheck::kValid) [[likely]]
      return true;
    unreadable_ = entry.offset();
    return false;
  }
  // Of a record that is to be read soon: its head and its key, if that is not long.
  void prefetch(Entry entry) const { prefetch_lines(view_.data, entry.offset(), 2, view_.limit); }
  const log::View& view() const { return view_; }
  std::uint64_t unreadable() const { return unreadable_; }  // 0: everything could be read

 private:
  log::View view_;
  std::uint64_t unreadable_ = 0;
};

class MiniRun {
 public:
  struct Item {
    std::uint64_t digits = 0;  // key_prefix() of the key behind shared()
    Entry entry;
  };

  MiniRun() = default;  // of no keys
  // Of entries in any order; of several of one key it keeps the one with the highest
  // offset. Null: a record could not be read. Throws std::bad_alloc, and Cancelled.
  static std::shared_ptr<const MiniRun> sort(KeyReader& reader, std::span<const Entry> entries);
  // Of the keys of both; of a key in both it keeps the newer run's entry. Likewise.
  static std::shared_ptr<const MiniRun> merge(KeyReader& reader,
                                              const std::shared_ptr<const MiniRun>& newer,
                                              const std::shared_ptr<const MiniRun>& older);

  std::size_t size() const { return items_.size(); }
  Entry entry(std::size_t i) const { return items_[i].entry; }
  std::string_view shared() const { return shared_; }
  std::span<const Item> items() const { return items_; }
  std::size_t bytes() const;
  // The number of the first key that is not below `key`. False: the reader cannot tell.
  bool lower_bound(KeyReader& reader, std::string_view key, std::size_t* found) const;

 private:
  void shrink();

  std::string shared_;  // what all keys begin with
  std::vector<Item> items_;
};

// Keeps the run. The view must cover its records, and live as long.
std::unique_ptr<Cursor> cursor_of(std::shared_ptr<const MiniRun> run, const log::View& view);

}  // namespace kvstore::index
