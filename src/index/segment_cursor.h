// An ordered cursor over a segment.
//
// Holds one block, verified when the cursor enters it, and sixteen decoded keys: usually 10 KiB of
// memory, at most 140 KiB.
#pragma once

#include <cstdint>
#include <string_view>

#include "src/file/read_ahead.h"
#include "src/index/cursor.h"
#include "src/index/segment.h"
#include "src/index/segment_block.h"

namespace kvstore::index {

// Moves throw std::bad_alloc; then it stands at no key, and can seek again.
class SegmentCursor : public Cursor {
 public:
  // Stands at no key, and needs a segment first.
  SegmentCursor() = default;
  // `segment` must outlive this, or its next set_segment().
  explicit SegmentCursor(const Segment& segment) : segment_(&segment) {}
  // Switches to another segment, or none, and reuses the memory. Stands at no key.
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

  // The block in which it stands, or which is damaged.
  std::uint32_t block() const { return block_number_; }

 protected:
  // Sets the result of newest_seq() for every entry.
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
  unsigned index_ = 0;  // index in decoded_
  std::uint64_t newest_seq_ = UINT64_MAX;
  bool damaged_ = false;
  file::ReadAhead ahead_;
  SegmentBlock block_;
  DecodedEntries decoded_;
};

}  // namespace kvstore::index
