// A sorted set as bytes: what a value of type 2 is made of (docs/FORMAT.md). It is a sequence of
// changes, each of which says what becomes of one member; applied in order they make the set.
//
//   u8 op          1: the member has this score; 2: it is gone
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
// So many bytes at `at`; where they end.
char* store_change(const MemberChange& change, char* at);
// The changes that make the set from nothing, in its order.
void append_members(const SortedSet& set, std::string* out);

enum class Parsed : std::uint8_t {
  kOne,
  kShort,  // the bytes end within a change, or are none
  kWrong,  // no change begins like this
};
// The change at the beginning of *bytes, which then begins behind it, if there is one.
Parsed parse_change(std::string_view* bytes, MemberChange* change);

// Makes a set of the bytes of a value, which may come in pieces.
class Fold {
 public:
  enum class Outcome : std::uint8_t {
    kDone,
    kWrong,     // the bytes are no sorted set's
    kTooLarge,  // the set takes more than the limit
  };
  // From nothing; `limit` is the most memory that the set may take, and making it, about.
  explicit Fold(std::size_t limit) : limit_(limit) {}
  // What follows goes onto a set.
  Fold(SortedSet set, std::size_t limit) : set_(std::move(set)), limit_(limit) {}

  // Throws std::bad_alloc. Unless it answers kDone the fold is over.
  Outcome add(std::string_view bytes);
  // After all bytes, once.
  Outcome finish(SortedSet* set);

 private:
  Outcome take(std::string_view* bytes);
  void apply(const MemberChange& change);
  void end_build();
  std::size_t memory() const { return set_ ? set_->memory() : builder_.memory(); }

  std::optional<SortedSet> set_;  // none: the builder has all so far
  SortedSetBuilder builder_;
  std::string rest_;  // the beginning of a change whose end is yet to come
  std::size_t limit_;
};

}  // namespace kvstore::sorted_set
