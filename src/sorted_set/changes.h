// The encoding of a sorted set: the bytes of a value of type 2 (docs/FORMAT.md). It is a sequence
// of changes of single members; applied in order they produce the set.
//
//   u8 op          1: the member gets this score; 2: it is removed
//   varint length  of the name: 7 bits a byte, the low ones first, at most 5 bytes
//   name
//   f64 score      little-endian, op 1 only; not NaN
//
// Thread rule: values and pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "src/sorted_set/sorted_set.h"

namespace kvstore::sorted_set {

// The score of a change is not NaN.
void append_change(const MemberChange& change, std::string* out);
std::uint64_t change_size(std::size_t name_size, bool has_score);
// Stores that number of bytes at `at`; returns their end.
char* store_change(const MemberChange& change, char* at);
// Appends changes that produce the set from an empty one, in its order.
void append_members(const SortedSet& set, std::string* out);

enum class Parsed : std::uint8_t {
  kOne,
  kShort,  // the bytes end within a change, or are empty
  kWrong,  // not the begin of a change
};
// Parses the change at the begin of *bytes, and removes it from there.
Parsed parse_change(std::string_view* bytes, MemberChange* change);

// Builds a set from the bytes of a value, which may come in pieces.
class Fold {
 public:
  enum class Outcome : std::uint8_t {
    kDone,
    kWrong,     // the bytes are not a sorted set
    kTooLarge,  // the set needs more memory than the limit
  };
  // Begins with an empty set; `limit` is the approximate limit for its memory, also while it is
  // built.
  explicit Fold(std::size_t limit) : limit_(limit) {}
  // Continues from a set.
  Fold(SortedSet set, std::size_t limit) : set_(std::move(set)), limit_(limit) {}

  // Throws std::bad_alloc. After another result than kDone the object is unusable.
  Outcome add(std::string_view bytes);
  // Call it once, after all bytes.
  Outcome finish(SortedSet* set);

 private:
  Outcome take(std::string_view* bytes);
  void apply(const MemberChange& change);
  void end_build();
  std::size_t memory() const { return set_ ? set_->memory() : builder_.memory(); }

  std::optional<SortedSet> set_;  // none: the builder has everything so far
  SortedSetBuilder builder_;
  std::string rest_;  // the begin of an incomplete change
  std::size_t limit_;
};

}  // namespace kvstore::sorted_set
