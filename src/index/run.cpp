#include "src/index/run.h"

#include <utility>

#include "src/index/segment_cursor.h"

namespace kvstore::index {
namespace {

// A cursor over the segments one after another.
class RunCursor final : public SegmentCursor {
 public:
  explicit RunCursor(const Run& run) : run_(run) { set_newest_seq(run.last_seq()); }

  void seek(std::string_view key) override {
    if (!enter(run_.segment_of(key))) return;
    SegmentCursor::seek(key);
    skip_forward();
  }
  void seek_before(std::string_view key) override {
    if (!enter(run_.segment_of(key))) return;
    SegmentCursor::seek_before(key);
    skip_back();
  }
  void seek_first() override {
    if (!enter(0)) return;
    SegmentCursor::seek_first();
    skip_forward();
  }
  void seek_last() override {
    if (!enter(size() - 1)) return;
    SegmentCursor::seek_last();
    skip_back();
  }
  void next() override {
    SegmentCursor::next();
    if (!valid()) [[unlikely]]
      skip_forward();
  }
  void prev() override {
    SegmentCursor::prev();
    if (!valid()) [[unlikely]]
      skip_back();
  }
  bool damaged() const override { return no_segment_ || SegmentCursor::damaged(); }
  DamagedSegment damaged_segment() const override { return {&run_, number_}; }

 private:
  std::size_t size() const { return run_.parts().size(); }
  // False: there is no such segment, or it is damaged; then it stands at no key.
  bool enter(std::size_t number) {
    no_segment_ = false;
    if (number == number_ && has_segment()) return true;
    number_ = std::min(number, size());
    const Segment* const segment = number_ < size() ? run_.parts()[number_].segment.get() : nullptr;
    set_segment(segment);
    no_segment_ = segment == nullptr && number_ < size();
    is_empty_ = segment != nullptr && Run::is_empty(*segment, run_.end());
    return segment != nullptr;
  }
  void skip_forward() {
    for (hide_empty(); !valid() && !SegmentCursor::damaged() && enter(number_ + 1); hide_empty()) {
      SegmentCursor::seek_first();
    }
  }
  void skip_back() {
    for (hide_empty(); !valid() && !SegmentCursor::damaged() && number_ > 0 && enter(number_ - 1);
         hide_empty()) {
      SegmentCursor::seek_last();
    }
  }
  // A segment without keys has a placeholder entry.
  void hide_empty() {
    if (is_empty_) stand_nowhere();
  }

  const Run& run_;
  std::size_t number_ = SIZE_MAX;
  bool no_segment_ = false;  // it is damaged
  bool is_empty_ = false;    // the segment has no keys
};

}  // namespace

Run::Run(std::uint64_t begin, std::uint64_t end, std::uint64_t last_seq, std::vector<Part> parts)
    : begin_(begin), end_(end), last_seq_(last_seq), parts_(std::move(parts)) {
  prefixes_.reserve(parts_.size());
  for (const Part& part : parts_) {
    prefixes_.push_back(key_prefix(part.place.first_key));
    keys_ += part.place.keys;
  }
}

std::uint64_t Run::bytes() const {
  std::uint64_t bytes = parts_.capacity() * sizeof(Part) + prefixes_.capacity() * 8;
  for (const Part& part : parts_) {
    bytes += part.place.first_key.capacity() + (part.segment ? part.segment->bytes() : 0);
  }
  return bytes;
}

log::RunPlace Run::place() const {
  log::RunPlace place{begin_, end_, last_seq_, {}};
  for (const Part& part : parts_) place.segments.push_back(part.place);
  return place;
}

namespace {

// std::upper_bound() of ascending numbers without a branch on them: for random keys it would be
// mispredicted half the time, each time at the cost of the whole search.
std::size_t count_not_above(const std::vector<std::uint64_t>& numbers, std::uint64_t number) {
  const std::uint64_t* at = numbers.data();
  std::size_t left = numbers.size();
  for (; left > 1; left -= left / 2) {
    at += static_cast<std::size_t>(at[left / 2 - 1] <= number) * (left / 2);
  }
  return static_cast<std::size_t>(at - numbers.data()) + (left == 1 && *at <= number ? 1 : 0);
}

}  // namespace

std::size_t Run::segment_of(std::string_view key) const {
  const std::uint64_t prefix = key_prefix(key);
  // After the last first key that is not above the key.
  std::size_t at = count_not_above(prefixes_, prefix);
  while (at > 0 && prefixes_[at - 1] == prefix && parts_[at - 1].place.first_key > key) --at;
  return at == 0 ? 0 : at - 1;
}

bool Run::checks_out(std::size_t number) const {
  const Part& part = parts_[number];
  if (!part.segment || part.segment->check_all() || part.segment->keys() != part.place.keys) {
    return false;
  }
  const auto cursor = part.segment->cursor();
  cursor->seek_first();
  if (!cursor->valid() || (number > 0 && cursor->key() < part.place.first_key)) return false;
  cursor->seek_last();
  return cursor->valid() &&
         (number + 1 == parts_.size() || cursor->key() < parts_[number + 1].place.first_key);
}

std::unique_ptr<Cursor> Run::cursor() const { return std::make_unique<RunCursor>(*this); }

std::shared_ptr<const Run> Run::with(std::size_t number, Part part) const {
  std::vector<Part> parts = parts_;
  parts[number] = std::move(part);
  return std::make_shared<Run>(begin_, end_, last_seq_, std::move(parts));
}

}  // namespace kvstore::index
