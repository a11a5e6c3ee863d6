#include "src/index/segment_cursor.h"

#include "src/base/check.h"

namespace kvstore::index {

void SegmentCursor::set_segment(const Segment* segment) {
  segment_ = segment;
  sparse_ = nullptr;
  block_.unload();
  damaged_ = false;
  stand_nowhere();
}

bool SegmentCursor::fail() {
  damaged_ = true;
  block_.unload();
  return false;
}

// Called by every seek. Until a key is found the cursor stands at none.
bool SegmentCursor::begin() {
  KV_CHECK(segment_ != nullptr);
  damaged_ = false;
  stand_nowhere();
  if (sparse_ == nullptr) sparse_ = segment_->sparse();
  return sparse_ != nullptr || fail();
}

bool SegmentCursor::enter_block(std::uint32_t number) {
  if (block_.entries() != 0 && block_number_ == number) return true;
  block_.unload();
  block_number_ = number;
  const std::uint32_t begin = sparse_->position(number);
  const std::uint32_t size = sparse_->position(number + 1) - begin;
  ahead_.reads(segment_->file(), segment_->at() + begin, size);
  const bool loaded =
      block_.load(segment_->body() + begin, size, segment_->block_seed(number), segment_->header());
  return loaded || fail();
}

bool SegmentCursor::enter_restart(unsigned restart) {
  restart_ = restart;
  return block_.decode(restart, &decoded_) || fail();
}

// Sets index_ to the first key that is not before `key`, or to one past the last decoded one.
bool SegmentCursor::enter_place_of(std::string_view key) {
  if (!begin()) return false;
  const std::uint32_t block = sparse_->block_of(key);
  if (block == sparse_->blocks()) return fail();
  if (!enter_block(block) || !enter_restart(block_.restart_of(key))) return false;
  index_ = decoded_.lower_bound(key);
  return true;
}

void SegmentCursor::seek(std::string_view key) {
  if (!enter_place_of(key)) return;
  index_ == decoded_.count() ? next_restart() : stand();
}

void SegmentCursor::seek_before(std::string_view key) {
  if (enter_place_of(key)) SegmentCursor::prev();
}

void SegmentCursor::seek_first() {
  if (!begin() || !enter_block(0) || !enter_restart(0)) return;
  index_ = 0;
  stand();
}

void SegmentCursor::seek_last() {
  if (!begin() || !enter_block(sparse_->blocks() - 1)) return;
  if (!enter_restart(block_.restarts() - 1)) return;
  index_ = decoded_.count() - 1;
  stand();
}

void SegmentCursor::next_restart() {
  stand_nowhere();
  if (restart_ + 1 < block_.restarts()) {
    if (!enter_restart(restart_ + 1)) return;
  } else {
    if (block_number_ + 1 == sparse_->blocks()) return;
    if (!enter_block(block_number_ + 1) || !enter_restart(0)) return;
  }
  index_ = 0;
  stand();
}

void SegmentCursor::prev_restart() {
  stand_nowhere();
  if (restart_ > 0) {
    if (!enter_restart(restart_ - 1)) return;
  } else {
    if (block_number_ == 0) return;
    if (!enter_block(block_number_ - 1) || !enter_restart(block_.restarts() - 1)) return;
  }
  index_ = decoded_.count() - 1;
  stand();
}

}  // namespace kvstore::index
