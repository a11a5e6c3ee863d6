// ZRANGE and its older variants, ZRANGESTORE, ZREMRANGEBYRANK, ZREMRANGEBYSCORE, ZREMRANGEBYLEX:
// ranges of members.
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "src/command/arguments.h"
#include "src/command/call.h"
#include "src/command/edit.h"
#include "src/command/errors.h"
#include "src/command/member_list.h"
#include "src/command/numbers.h"
#include "src/command/rows/sorted_set_ranges.h"
#include "src/command/score_range.h"
#include "src/command/words.h"

namespace kvstore::command::handlers {
namespace {

enum class RangeBy : std::uint8_t { kRank, kScore, kName };

// The requested range. What the command's name determines cannot be given as an option.
struct RangeWish {
  std::optional<RangeBy> by = {};
  std::optional<bool> is_backwards = {};
  bool is_stored = false;
  bool with_scores = false;
  SliceLimit limit = {};
  At at = {};
  RankEnds ranks = {};
  ScoreRange scores = {};
  NameRange names = {};
};

Outcome take_limit(const Call& call, std::size_t at, SliceLimit* limit) {
  for (const auto& [word, number] :
       {std::pair(call.args[at], &limit->offset), std::pair(call.args[at + 1], &limit->count)}) {
    const auto parsed = parse_protocol_count(word);
    if (!parsed) return fail(bad_number(word, "a whole number", usage(call.row)));
    *number = *parsed;
  }
  return {};
}

// Parses the options after the ends, which are at args[first] and args[first + 1].
Outcome take_range_options(const Call& call, std::size_t first, RangeWish* wish) {
  const Args args = call.args;
  for (std::size_t i = first + 2; i < args.size(); ++i) {
    const std::size_t left = args.size() - i - 1;
    if (!wish->is_stored && same_word(args[i], "WITHSCORES")) {
      wish->with_scores = true;
    } else if (same_word(args[i], "LIMIT") && left >= 2) {
      KV_TRY(take_limit(call, i + 1, &wish->limit));
      i += 2;
    } else if (!wish->is_backwards && same_word(args[i], "REV")) {
      wish->is_backwards = true;
    } else if (!wish->by && same_word(args[i], "BYSCORE")) {
      wish->by = RangeBy::kScore;
    } else if (!wish->by && same_word(args[i], "BYLEX")) {
      wish->by = RangeBy::kName;
    } else if (call.row.name == "ZRANGE" && same_word(args[i], "AT") && left == 1) {
      KV_ASSIGN(wish->at, take_at(call, i));
      break;
    } else {
      return fail(unknown_option(call.row, args[i]));
    }
  }
  return {};
}

Outcome check_range_options(const RangeWish& wish) {
  if (wish.limit.count != -1 && wish.by == RangeBy::kRank) {
    return fail(Failure(Code::kSyntax, "LIMIT is for ranges by score or by name",
                        "ZRANGE key 0 9, for the first ten",
                        "ERR syntax error, LIMIT is only supported in combination with either "
                        "BYSCORE or BYLEX"));
  }
  if (wish.with_scores && wish.by == RangeBy::kName) {
    return fail(Failure(Code::kSyntax, "a range by name has no scores: all are the same",
                        "ZRANGE key - + BYLEX",
                        "ERR syntax error, WITHSCORES not supported in combination with BYLEX"));
  }
  return {};
}

// Parses the ends, args[first] and args[first + 1]; the higher one is first if the range is
// backwards.
Outcome take_ends(const Call& call, std::size_t first, RangeWish* wish) {
  const bool is_swapped = *wish->is_backwards && wish->by != RangeBy::kRank;
  const std::size_t min = is_swapped ? first + 1 : first, max = is_swapped ? first : first + 1;
  switch (*wish->by) {
    case RangeBy::kRank: {
      KV_ASSIGN(wish->ranks, take_rank_ends(call, min, max));
      return {};
    }
    case RangeBy::kScore: {
      KV_ASSIGN(wish->scores, take_score_range(call, min, max));
      return {};
    }
    case RangeBy::kName: {
      KV_ASSIGN(wish->names, take_name_range(call, min, max));
      return {};
    }
  }
  return {};
}

Outcome take_wish(const Call& call, std::size_t first, RangeWish* wish) {
  KV_TRY(take_range_options(call, first, wish));
  if (!wish->by) wish->by = RangeBy::kRank;
  if (!wish->is_backwards) wish->is_backwards = false;
  KV_TRY(check_range_options(*wish));
  return take_ends(call, first, wish);
}

Slice slice_for(const SortedSet& set, const RangeWish& wish) {
  switch (*wish.by) {
    case RangeBy::kRank:
      return slice_of(set, wish.ranks, *wish.is_backwards);
    case RangeBy::kScore:
      return slice_of(ranks_of(set, wish.scores), wish.limit, *wish.is_backwards);
    case RangeBy::kName:
      return slice_of(ranks_of(set, wish.names), wish.limit, *wish.is_backwards);
  }
  return {};
}

Outcome reply_range(Call& call, RangeWish wish) {
  KV_TRY(take_wish(call, 2, &wish));
  KV_ASSIGN(const auto set, call.data().sorted_set(call.args[1], wish.at));
  if (!set) {
    call.reply.empty(Aggregate::kArray);
    return {};
  }
  return reply_members(call, *set, slice_for(*set, wish),
                       member_form(call.session, wish.with_scores));
}

// --- Writing

// Copies a slice. Accounts for its memory, and for as much again for the write.
Checked<SortedSet> copy_of(const Call& call, const SortedSet& set, Slice slice) {
  if (slice.is_backwards && slice.count > 0) {
    slice.first -= slice.count - 1;
    slice.is_backwards = false;
  }
  SortedSetBuilder builder;
  std::size_t taken = 0;
  Status status;
  for_each_member(set, slice, [&](const SortedSet::Member& member) {
    if (!status) return;
    taken += 2 * SortedSet::memory_of_member(member.name.size());
    if (taken > kAskedMemory) status = call.session.take_memory(std::exchange(taken, 0));
    if (status) builder.add({member.name, member.score});
  });
  KV_TRY(std::move(status));
  return builder.finish();
}

KeyEvent removal_by(RangeBy by) {
  return by == RangeBy::kRank    ? key_event::kZRemRangeByRank
         : by == RangeBy::kScore ? key_event::kZRemRangeByScore
                                 : key_event::kZRemRangeByLex;
}

// Removes the members of the slice; returns their number.
Checked<std::uint64_t> remove_slice(const Call& call, Edit& data, const SortedSet& set,
                                    const Slice& slice, KeyEvent event) {
  if (slice.count == 0) return 0;
  KV_TRY(call.session.take_memory(slice.count * sizeof(MemberChange)));
  std::vector<MemberChange> changes;
  changes.reserve(slice.count);
  for_each_member(set, slice, [&](const SortedSet::Member& member) {
    changes.push_back({member.name, std::nullopt});
  });
  KV_TRY(data.change_sorted_set(call.args[1], changes, event));
  return slice.count;
}

Outcome remove_range(Call& call, const RangeWish& wish) {
  std::uint64_t removed = 0;
  KV_ASSIGN(const auto info, call.data().stat(call.args[1]));
  if (info) {
    Outcome done = edit_sorted_sets(call, call.args.subspan(1, 1), [&](Edit& data) -> Outcome {
      KV_ASSIGN(const auto set, data.sorted_set(call.args[1]));
      if (!set) return {};
      KV_ASSIGN(removed,
                remove_slice(call, data, *set, slice_for(*set, wish), removal_by(*wish.by)));
      return {};
    });
    if (!done) return done;
  }
  call.reply.integer(static_cast<std::int64_t>(removed));
  return {};
}

Outcome remove_range_by(Call& call, RangeBy by) {
  RangeWish wish;
  wish.by = by;
  wish.is_backwards = false;
  KV_TRY(take_ends(call, 2, &wish));
  return remove_range(call, wish);
}

}  // namespace

Outcome range_of_members(Call& call) { return reply_range(call, {}); }
Outcome reverse_range_of_members(Call& call) {
  return reply_range(call, {.by = RangeBy::kRank, .is_backwards = true});
}
Outcome range_by_score(Call& call) {
  return reply_range(call, {.by = RangeBy::kScore, .is_backwards = false});
}
Outcome reverse_range_by_score(Call& call) {
  return reply_range(call, {.by = RangeBy::kScore, .is_backwards = true});
}
Outcome range_by_name(Call& call) {
  return reply_range(call, {.by = RangeBy::kName, .is_backwards = false});
}
Outcome reverse_range_by_name(Call& call) {
  return reply_range(call, {.by = RangeBy::kName, .is_backwards = true});
}

Outcome store_range(Call& call) {
  RangeWish wish{.is_stored = true};
  KV_TRY(take_wish(call, 3, &wish));
  std::uint64_t size = 0;
  Outcome done = edit_sorted_sets(call, call.args.subspan(2, 1), [&](Edit& data) -> Outcome {
    KV_ASSIGN(const auto set, data.sorted_set(call.args[2]));
    call.data().answers(call.args[2], set.has_value());
    SortedSet copy;
    if (set) {
      KV_ASSIGN(copy, copy_of(call, *set, slice_for(*set, wish)));
    }
    size = copy.size();
    KV_TRY(data.set_sorted_set(call.args[1], copy, key_event::kZRangeStore));
    return {};
  });
  if (!done) return done;
  call.reply.integer(static_cast<std::int64_t>(size));
  return {};
}

Outcome remove_range_by_rank(Call& call) { return remove_range_by(call, RangeBy::kRank); }
Outcome remove_range_by_score(Call& call) { return remove_range_by(call, RangeBy::kScore); }
Outcome remove_range_by_name(Call& call) { return remove_range_by(call, RangeBy::kName); }

}  // namespace kvstore::command::handlers
