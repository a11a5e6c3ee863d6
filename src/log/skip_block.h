// Skip blocks: a key's chain of n records is searched in O(log32 n) steps without an index in
// memory.
//
// The records of a key, of any kind, are numbered 0, 1, 2, ... Every 32nd (31, 63, ...) has a skip
// block, numbered g = 0, 1, ... A skip block lists, newest first,
//   level 0: the 31 records before it;
//   level 1: the skip blocks before it whose number shares all but g's last base-32
//            digit (0 to 31 of them);
//   level k: the skip blocks before it that ended a run of 32^(k-1) skip blocks, within g's
//            run of 32^k.
// It is the right edge of an append-only B-tree: an entry of level k stands for 32^k records, of
// which it is the newest. Levels follow one another from newest to oldest without overlap. A level
// may be shortened at its old end (if an extension is full, or records are lost): a search then
// takes the oldest entry there is, and continues from that record.
//
// Bytes (after tag and units):
//   u48 g, then for each level
//   u8 count (1 to 31; a zero ends the skip block), u8 widths, u8 width of totals,
//   u32 started, then three columns of `count` numbers each, newest first:
//   offsets / 8, seqs, totals, each as the difference to the skip block's own.
// widths has the bytes (1 to 7) of an offset in its low and of a seq in its high half. Bit i of
// `started` says that a value started anew within the records of entry i; the totals of all older
// entries, in this level and the next, are then meaningless and written as 0. An empty level is
// written as count 0xFF alone. Zeros pad to a unit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "src/log/format.h"

namespace kvstore::log {

struct Record;

struct SkipEntry {
  std::uint64_t offset;
  std::uint64_t seq;
  std::uint64_t total;
  bool started;
};

// A level's entries, newest first. It does not allocate: a skip block is built at a time when an
// append must not fail any more.
class SkipEntries {
 public:
  static constexpr std::size_t kMax = kFanOut - 1;

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  SkipEntry& operator[](std::size_t i) { return entries_[i]; }
  const SkipEntry& operator[](std::size_t i) const { return entries_[i]; }
  const SkipEntry* begin() const { return entries_; }
  const SkipEntry* end() const { return entries_ + size_; }
  void push_back(const SkipEntry& entry) { entries_[size_++] = entry; }
  void pop_back() { --size_; }
  // Drops the oldest entry if it is full.
  void push_front(const SkipEntry& entry);

 private:
  std::size_t size_ = 0;
  SkipEntry entries_[kMax];  // not initialized: usually few are used
};

// A decoded skip block. levels[0] is level 0.
struct SkipBlock {
  // A number has 48 bits, five for each level; level 0 lists records.
  static constexpr std::size_t kMaxLevels = 1 + (48 + 4) / 5;

  std::uint64_t number = 0;
  std::size_t level_count = 0;
  SkipEntries levels[kMaxLevels];
};

// An encoded skip block.
class SkipBytes {
 public:
  static constexpr std::size_t kMax = 1894;  // leaves space for the other extensions

  std::span<const std::uint8_t> bytes() const { return {bytes_, size_}; }
  void put_number(std::uint64_t number, unsigned width);
  void pad();

 private:
  std::size_t size_ = 0;
  std::uint8_t bytes_[kMax];  // not initialized, as most records have none
};

// `self` is the record that will carry it. Drops the oldest entries if more than max_size bytes
// were needed; never fails. *out must be empty.
void encode_skip_block(const SkipBlock& skip_block, const SkipEntry& self, SkipBytes* out,
                       std::size_t max_size = SkipBytes::kMax);
// False if the bytes are malformed (they are covered by header_crc, so this is a bug or a forgery).
bool decode_skip_block(const Record& carrier, SkipBlock* skip_block);

// A level within a carrier's bytes: a view that is searched without decoding all of it.
class SkipLevel {
 public:
  // Parses the level at `at`; its end goes to *next. False at the end of the skip block, or if the
  // bytes are malformed.
  bool parse(const std::uint8_t* at, const std::uint8_t* end, const std::uint8_t** next);

  unsigned count() const { return count_; }
  // The number of entries, up to the newest that started, that belong to the skip block's value.
  unsigned same_value_count() const;
  bool any_started() const { return started_ != 0; }
  bool started(unsigned i) const { return (started_ >> i & 1) != 0; }
  std::uint64_t offset_back(unsigned i) const;  // distance before the skip block
  std::uint64_t seq_back(unsigned i) const;
  std::uint64_t total_back(unsigned i) const;

 private:
  unsigned count_ = 0;
  unsigned offset_width_ = 0, seq_width_ = 0, total_width_ = 0;
  std::uint32_t started_ = 0;
  const std::uint8_t* offsets_ = nullptr;
  const std::uint8_t* seqs_ = nullptr;
  const std::uint8_t* totals_ = nullptr;
};

// Iterates over a skip block's levels, from the newest.
class SkipBlockReader {
 public:
  explicit SkipBlockReader(const Record& carrier);
  bool next(SkipLevel* level);
  std::uint64_t number() const { return number_; }

 private:
  const std::uint8_t* at_;
  const std::uint8_t* end_;
  std::uint64_t number_ = 0;
};

}  // namespace kvstore::log
