// Ranges of a sorted set in arguments, by rank, score or name, and the members that they select.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "src/command/call.h"
#include "src/sorted_set/sorted_set.h"

namespace kvstore::command {

// The score as stored: without -0, which Redis keeps in large sets only.
inline double stored_score(double score) { return score == 0 ? 0 : score; }

// Ranks from `begin` up to, but without, `end`; empty if `end` is not after `begin`.
struct RankRange {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  std::uint64_t size() const { return end > begin ? end - begin : 0; }
};

// Consecutive members, from rank `first` upwards or downwards.
struct Slice {
  std::uint64_t first = 0;
  std::uint64_t count = 0;
  bool is_backwards = false;
};

// --- By score: 1.5, (1.5, -inf, +inf
struct ScoreRange {
  double min = 0, max = 0;
  bool is_min_open = false, is_max_open = false;  // that end is excluded
};
// Parses the words at `min` and `max`.
Checked<ScoreRange> take_score_range(const Call& call, std::size_t min, std::size_t max);
RankRange ranks_of(const SortedSet& set, const ScoreRange& range);

// --- By name, for sets with equal scores: [abc, (abc, -, +
struct NameEnd {
  enum class Kind : std::uint8_t { kFirst, kName, kLast } kind = Kind::kName;
  std::string_view name;
  bool is_open = false;
};
struct NameRange {
  NameEnd min, max;
};
Checked<NameRange> take_name_range(const Call& call, std::size_t min, std::size_t max);
RankRange ranks_of(const SortedSet& set, const NameRange& range);

// --- By rank: both ends are included; negative ranks count from the end.
struct RankEnds {
  std::int64_t first = 0, last = 0;
};
Checked<RankEnds> take_rank_ends(const Call& call, std::size_t first, std::size_t last);
// `is_backwards`: ranks count from the highest score down.
Slice slice_of(const SortedSet& set, const RankEnds& ends, bool is_backwards);

// LIMIT offset count: a negative count means all; a negative offset selects none.
struct SliceLimit {
  std::int64_t offset = 0;
  std::int64_t count = -1;
};
Slice slice_of(const RankRange& ranks, const SliceLimit& limit, bool is_backwards);

// Calls `visit` with each member, in order.
template <class Visit>
void for_each_member(const SortedSet& set, const Slice& slice, const Visit& visit) {
  if (slice.count == 0) return;
  auto at = set.cursor(slice.first);
  for (std::uint64_t i = 0; i < slice.count; ++i) {
    visit(at.member());
    slice.is_backwards ? at.prev() : at.next();
  }
}

}  // namespace kvstore::command
