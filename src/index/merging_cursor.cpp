#include "src/index/merging_cursor.h"

#include <string>
#include <utility>

namespace kvstore::index {
namespace {

struct Source {
  std::unique_ptr<Cursor> cursor;
  unsigned age = 0;  // index among the parts: 0 is the newest
  // For the present key:
  std::uint64_t first = 0, second = 0;  // key_prefix() of it, and of the bytes after that
};

// Negative: a's key is lower.
int compare(const Source& a, const Source& b) {
  if (a.first != b.first) return a.first < b.first ? -1 : 1;
  if (a.second != b.second) return a.second < b.second ? -1 : 1;
  return a.cursor->key().compare(b.cursor->key());
}

class MergingCursor final : public Cursor {
 public:
  explicit MergingCursor(std::vector<std::unique_ptr<Cursor>> newest_first) {
    sources_.resize(newest_first.size());
    for (unsigned i = 0; i < sources_.size(); ++i) {
      sources_[i].cursor = std::move(newest_first[i]);
      sources_[i].age = i;
    }
    heap_.reserve(sources_.size());
  }

  void seek(std::string_view key) override {
    begin(true, [key](Cursor& cursor) { cursor.seek(key); });
  }
  void seek_before(std::string_view key) override {
    begin(false, [key](Cursor& cursor) { cursor.seek_before(key); });
  }
  void seek_first() override {
    begin(true, [](Cursor& cursor) { cursor.seek_first(); });
  }
  void seek_last() override {
    begin(false, [](Cursor& cursor) { cursor.seek_last(); });
  }
  void next() override {
    if (!forward_) return turn(true);
    pass<true>();
  }
  void prev() override {
    if (forward_) return turn(false);
    pass<false>();
  }

  bool damaged() const override { return damaged_ != nullptr; }
  std::uint64_t damaged_at() const override { return damaged_ ? damaged_->damaged_at() : 0; }
  DamagedSegment damaged_segment() const override {
    return damaged_ ? damaged_->damaged_segment() : DamagedSegment{};
  }

 private:
  // Whether `a` is before `b`; for equal keys the newer part is first.
  template <bool kForward>
  static bool before(const Source& a, const Source& b) {
    const int order = compare(a, b);
    if (order == 0) return a.age < b.age;
    return kForward ? order < 0 : order > 0;
  }

  template <class Move>
  void begin(bool forward, Move&& move) {
    forward_ = forward;
    damaged_ = nullptr;
    heap_.clear();
    stand_nowhere();
    for (Source& source : sources_) {
      move(*source.cursor);
      if (load(source)) heap_.push_back(&source);
      if (damaged_) break;
    }
    for (std::size_t i = heap_.size() / 2; i-- > 0;) sift(i);
    stand();
  }

  void stand() { heap_.empty() ? stand_nowhere() : stand_as(*heap_[0]->cursor); }

  // Loads the source's present key. False: it has none. If it is damaged, so is the merged cursor.
  bool load(Source& source) {
    if (!source.cursor->valid()) {
      if (source.cursor->damaged()) [[unlikely]] {
        damaged_ = source.cursor.get();
        heap_.clear();
      }
      return false;
    }
    const std::string_view key = source.cursor->key();
    source.first = key_prefix(key);
    source.second = key.size() > 8 ? key_prefix(key.substr(8)) : 0;
    return true;
  }

  void sift(std::size_t i) { forward_ ? sift<true>(i) : sift<false>(i); }
  // Moves the source at `i` down to its place in the heap.
  template <bool kForward>
  void sift(std::size_t i) {
    Source* const sinking = heap_[i];
    for (std::size_t child = 2 * i + 1; child < heap_.size(); child = 2 * i + 1) {
      if (child + 1 < heap_.size() && before<kForward>(*heap_[child + 1], *heap_[child])) ++child;
      if (!before<kForward>(*heap_[child], *sinking)) break;
      heap_[i] = heap_[child];
      i = child;
    }
    heap_[i] = sinking;
  }

  // Moves the source at `i` to its next key, and restores the heap.
  template <bool kForward>
  void move(std::size_t i) {
    Source& source = *heap_[i];
    kForward ? source.cursor->next() : source.cursor->prev();
    if (!load(source)) {
      if (damaged_) return;
      heap_[i] = heap_.back();
      heap_.pop_back();
      if (i == heap_.size()) return;
    }
    sift<kForward>(i);
  }

  // Skips the older parts' entries of the key first, while the key is still valid.
  template <bool kForward>
  void pass() {
    stand_nowhere();
    while (heap_.size() > 1 && !damaged_) {
      const std::size_t second = heap_.size() > 2 && before<kForward>(*heap_[2], *heap_[1]) ? 2 : 1;
      if (compare(*heap_[second], *heap_[0]) != 0) break;
      move<kForward>(second);
    }
    if (!damaged_) move<kForward>(0);
    stand();
  }

  // Moves every source to the other side of the key.
  void turn(bool forward) {
    const std::string here(key());
    if (!forward) return seek_before(here);
    seek(here);
    if (valid() && key() == here) pass<true>();
  }

  std::vector<Source> sources_;
  std::vector<Source*> heap_;  // those that stand at a key; the first is on top
  bool forward_ = true;
  Cursor* damaged_ = nullptr;
};

}  // namespace

std::unique_ptr<Cursor> merged(std::vector<std::unique_ptr<Cursor>> newest_first) {
  if (newest_first.size() == 1) return std::move(newest_first[0]);
  return std::make_unique<MergingCursor>(std::move(newest_first));
}

}  // namespace kvstore::index
