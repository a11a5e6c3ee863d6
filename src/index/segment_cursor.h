// An ordered walk over a segment.
//
// Keeps one block, checked when the walk enters it, and sixteen decoded keys. It takes memory
// for the longest of both that it meets: usually 10 KiB, at most 140 KiB.
#pragma once

#include <cstdint>
#include <string_view>

#include "src/file/read_ahead.h"
#include "src/index/cursor.h"
#include "src/index/segment.h"
#include "src/index/segment_block.h"

namespace kvstore::index {

// Moves throw std::bad_alloc; then it stands on nothing, and another seek may follow.
class SegmentCursor : public Cursor {
 public:
  // Stands on nothing, and has to be given a segment first.
  SegmentCursor() = default;
  // `segment` must outlive it, or its next set_segment().
  explicit SegmentCursor(const Segment& segment) : segment_(&segment) {}
  // From now on a walk over another segment, or none, in the same memory. Stands on nothing.
  void set_segment(const Segment* segment);
  bool has_segment() const { return segment_ != nullptr; }

  void seek(std::string_view key) override;
  void seek_before(std::string_view key) override;
  void seek_first() override;
  void seek_last() override;
  void next() override {
    if (++index_ >= decoded_.count()) [[unlikely]]
      return next_restart();
    stand();
  }
  void prev() override {
    if (index_-- == 0) [[unlikely]]
      return prev_restart();
    stand();
  }

  bool damaged() const override { return damaged_; }

  // Of the block that it stands in, or that is damaged.
  std::uint32_t block() const { return block_number_; }

 protected:
  // What newest_seq() says of every entry from now on.
  void set_newest_seq(std::uint64_t seq) { newest_seq_ = seq; }

 private:
  void stand() { stand_on({decoded_.key(index_), decoded_.entry(index_), nullptr, newest_seq_}); }
  bool begin();
  bool enter_block(std::uint32_t number);
  bool enter_restart(unsigned restart);
  bool enter_place_of(std::string_view key);
  bool fail();
  void next_restart();
  void prev_restart();

  const Segment* segment_ = nullptr;
  const SparseIndex* sparse_ = nullptr;
  std::uint32_t block_number_ = 0;
  unsigned restart_ = 0;
  unsigned index_ = 0;  // in decoded_
  std::uint64_t newest_seq_ = UINT64_MAX;
  bool damaged_ = false;
  file::ReadAhead ahead_;
  SegmentBlock block_;
  DecodedEntries decoded_;
};

}  // namespace kvstore::index
