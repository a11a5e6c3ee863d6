// ZUNION, ZINTER, ZDIFF, their STORE forms, ZINTERCARD: set operations on several sets.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "src/base/cancel.h"
#include "src/base/function_ref.h"
#include "src/command/call.h"
#include "src/command/edit.h"
#include "src/command/errors.h"
#include "src/command/member_list.h"
#include "src/command/moment.h"
#include "src/command/numbers.h"
#include "src/command/quote.h"
#include "src/command/rows/sorted_set_ranges.h"
#include "src/command/score_range.h"
#include "src/command/words.h"

namespace kvstore::command::handlers {
namespace {

enum class CombineBy : std::uint8_t { kUnion, kIntersection, kDifference };
enum class AggregateBy : std::uint8_t { kSum, kMin, kMax };

struct SourceSet {
  SortedSet set;  // empty if the key is missing
  double weight = 1;
};

struct Combination {
  CombineBy by = CombineBy::kUnion;
  bool is_stored = false, only_counts = false;
  std::vector<SourceSet> sources = {};
  AggregateBy aggregate = AggregateBy::kSum;
  bool with_scores = false;
  std::uint64_t limit = UINT64_MAX;  // limit for the count
};

using ReadSet = FunctionRef<Result<std::optional<SortedSet>>(std::string_view key)>;

// --- Parsing

// Parses `numkeys key [key ...]`. Redis reads the keys before it parses the words after them.
Outcome take_sources(const Call& call, std::size_t at, ReadSet read, Combination* wish) {
  const auto count = parse_protocol_count(call.args[at]);
  if (!count) return fail(bad_number(call.args[at], "a number of keys", usage(call.row)));
  if (*count < 1) {
    return fail(Failure(
        Code::kNumber, "there must be a key at least", usage(call.row),
        fmt::format("ERR at least 1 input key is needed for '{}' command", lower(call.row.name))));
  }
  if (static_cast<std::uint64_t>(*count) >= call.args.size() - at) {
    return fail(needs_value(quote(call.args[at]), "as many keys after it", usage(call.row)));
  }
  const Args keys = call.args.subspan(at + 1, static_cast<std::size_t>(*count));
  KV_TRY(call.session.take_memory(keys.size() * sizeof(SourceSet)));
  for (const std::string_view key : keys) {
    KV_ASSIGN(std::optional<SortedSet> set, read(key));
    // The command holds the set to the end, whether or not it stays cached.
    if (set) KV_TRY(call.session.take_memory(set->memory()));
    wish->sources.push_back({set ? std::move(*set) : SortedSet(), 1});
  }
  return {};
}

Outcome take_weights(const Call& call, std::size_t at, std::vector<SourceSet>* sources) {
  for (SourceSet& source : *sources) {
    const auto weight = parse_real(call.args[at]);
    if (!weight) {
      return fail(Failure(Code::kNumber, fmt::format("{} is not a weight", quote(call.args[at])),
                          "WEIGHTS 1 2.5", "ERR weight value is not a float"));
    }
    source.weight = *weight;
    ++at;
  }
  return {};
}

Checked<AggregateBy> take_aggregate(const Call& call, std::size_t at) {
  if (same_word(call.args[at], "SUM")) return AggregateBy::kSum;
  if (same_word(call.args[at], "MIN")) return AggregateBy::kMin;
  if (same_word(call.args[at], "MAX")) return AggregateBy::kMax;
  return fail(unknown_option(call.row, call.args[at], "AGGREGATE SUM, MIN or MAX"));
}

// Parses the option at args[at]; returns its number of words.
Checked<std::size_t> take_combine_option(const Call& call, std::size_t at, Combination* wish) {
  const std::string_view word = call.args[at];
  const std::size_t left = call.args.size() - at - 1;
  const bool has_scores = wish->by != CombineBy::kDifference && !wish->only_counts;
  if (has_scores && left >= wish->sources.size() && same_word(word, "WEIGHTS")) {
    KV_TRY(take_weights(call, at + 1, &wish->sources));
    return wish->sources.size() + 1;
  }
  if (has_scores && left >= 1 && same_word(word, "AGGREGATE")) {
    KV_ASSIGN(wish->aggregate, take_aggregate(call, at + 1));
    return 2;
  }
  if (!wish->is_stored && !wish->only_counts && same_word(word, "WITHSCORES")) {
    wish->with_scores = true;
    return 1;
  }
  if (wish->only_counts && left >= 1 && same_word(word, "LIMIT")) {
    const auto limit = parse_protocol_count(call.args[at + 1]);
    if (!limit || *limit < 0) {
      Failure failure = bad_number(call.args[at + 1], "a limit of 0 or more", usage(call.row));
      failure.redis = "ERR LIMIT can't be negative";
      return fail(std::move(failure));
    }
    if (*limit > 0) wish->limit = static_cast<std::uint64_t>(*limit);
    return 2;
  }
  return fail(unknown_option(call.row, word));
}

Outcome take_combination(const Call& call, std::size_t at, ReadSet read, Combination* wish) {
  KV_TRY(take_sources(call, at, read, wish));
  for (std::size_t i = at + 1 + wish->sources.size(); i < call.args.size();) {
    KV_ASSIGN(const std::size_t words, take_combine_option(call, i, wish));
    i += words;
  }
  return {};
}

// --- Combination

// The result of infinity times 0, or of the sum of both infinities, is 0.
double zero_if_no_number(double score) { return std::isnan(score) ? 0 : score; }

double aggregate(AggregateBy by, double score, double other) {
  switch (by) {
    case AggregateBy::kSum:
      return zero_if_no_number(score + other);
    case AggregateBy::kMin:
      return other < score ? other : score;
    case AggregateBy::kMax:
      return other > score ? other : score;
  }
  return score;
}

// The resulting set. Its memory is accounted as it grows.
class Combined {
 public:
  Combined(const Call& call, const Combination& wish)
      : session_(call.session), is_stored_(wish.is_stored) {}

  Status add(std::string_view name, double score) {
    asked_ += SortedSet::memory_of_member(name.size());
    if (asked_ > kAskedMemory) KV_TRY(session_.take_memory(std::exchange(asked_, 0)));
    return put(name, score);
  }
  Status replace(std::string_view name, double score) {
    // For the set 0 and -0 are equal, so it would keep the old one.
    if (score == 0) set_.erase(name);
    return put(name, score);
  }
  std::optional<double> score(std::string_view name) const { return set_.score(name); }
  SortedSet take() { return std::move(set_); }

 private:
  Status put(std::string_view name, double score) {
    constexpr std::uint64_t kLook = 1024;
    if (++members_ % kLook == 0 && is_cancelled()) return cancelled();
    set_.set(name, is_stored_ ? stored_score(score) : score);
    return {};
  }

  Session& session_;
  const bool is_stored_;
  std::uint64_t members_ = 0;
  std::size_t asked_ = 0;
  SortedSet set_;
};

// `visit` returns a Status; an error stops.
template <class Visit>
Status try_each_member(const SortedSet& set, const Visit& visit) {
  if (set.size() == 0) return {};
  auto at = set.cursor(0);
  for (std::uint64_t i = 0; i < set.size(); ++i, at.next()) KV_TRY(visit(at.member()));
  return {};
}

Checked<SortedSet> unite(const Call& call, const Combination& wish) {
  Combined combined(call, wish);
  for (const SourceSet& source : wish.sources) {
    KV_TRY(try_each_member(source.set, [&](const SortedSet::Member& member) {
      const double score = zero_if_no_number(member.score * source.weight);
      const auto known = combined.score(member.name);
      if (!known) return combined.add(member.name, score);
      return combined.replace(member.name, aggregate(wish.aggregate, *known, score));
    }));
  }
  return combined.take();
}

// The member's combined score; nullopt if a set lacks it. The sets are sorted by size.
std::optional<double> score_in_all(const Combination& wish, const SortedSet::Member& member) {
  double score = zero_if_no_number(member.score * wish.sources[0].weight);
  for (std::size_t i = 1; i < wish.sources.size(); ++i) {
    const auto other = wish.sources[i].set.score(member.name);
    if (!other) return {};
    score = aggregate(wish.aggregate, score, *other * wish.sources[i].weight);
  }
  return score;
}

Checked<SortedSet> intersect(const Call& call, const Combination& wish) {
  Combined combined(call, wish);
  KV_TRY(try_each_member(wish.sources[0].set, [&](const SortedSet::Member& member) -> Status {
    const auto score = score_in_all(wish, member);
    return score ? combined.add(member.name, *score) : Status{};
  }));
  return combined.take();
}

Checked<SortedSet> subtract(const Call& call, const Combination& wish) {
  Combined combined(call, wish);
  KV_TRY(try_each_member(wish.sources[0].set, [&](const SortedSet::Member& member) -> Status {
    const bool is_elsewhere = std::any_of(
        wish.sources.begin() + 1, wish.sources.end(),
        [&](const SourceSet& other) { return other.set.score(member.name).has_value(); });
    return is_elsewhere ? Status{} : combined.add(member.name, member.score);
  }));
  return combined.take();
}

// Smallest first, as in Redis: floating-point sums depend on the order.
void sort_sources(Combination* wish) {
  std::stable_sort(
      wish->sources.begin(), wish->sources.end(),
      [](const SourceSet& a, const SourceSet& b) { return a.set.size() < b.set.size(); });
}

Checked<SortedSet> combine(const Call& call, Combination& wish) {
  if (wish.by == CombineBy::kDifference) return subtract(call, wish);
  sort_sources(&wish);
  return wish.by == CombineBy::kUnion ? unite(call, wish) : intersect(call, wish);
}

// Reads all sets as of one moment.
Outcome read_combination(const Call& call, Combination* wish) {
  KV_ASSIGN(const Moment now, call.data().moment());
  return take_combination(
      call, 1, [&](std::string_view key) { return now.sorted_set(key); }, wish);
}

Outcome reply_combined(Call& call, CombineBy by) {
  Combination wish{.by = by};
  KV_TRY(read_combination(call, &wish));
  KV_ASSIGN(const SortedSet set, combine(call, wish));
  wish.sources.clear();
  return reply_members(call, set, {0, set.size(), false},
                       member_form(call.session, wish.with_scores));
}

KeyEvent store_event(CombineBy by) {
  return by == CombineBy::kUnion          ? key_event::kZUnionStore
         : by == CombineBy::kIntersection ? key_event::kZInterStore
                                          : key_event::kZDiffStore;
}

Outcome store_combined(Call& call, CombineBy by) {
  std::uint64_t size = 0;
  std::vector<std::string_view> keys;
  for (const std::size_t place : key_places(call.row, call.args)) {
    if (place != 1) keys.push_back(call.args[place]);
  }
  Outcome done = edit_sorted_sets(call, keys, [&](Edit& data) -> Outcome {
    Combination wish{.by = by, .is_stored = true};
    KV_TRY(take_combination(
        call, 2,
        [&](std::string_view key) {
          auto set = data.sorted_set(key);
          call.data().answers(key, !set || *set);
          return set;
        },
        &wish));
    KV_ASSIGN(const SortedSet set, combine(call, wish));
    size = set.size();
    KV_TRY(data.set_sorted_set(call.args[1], set, store_event(by)));
    return {};
  });
  if (!done) return done;
  call.reply.integer(static_cast<std::int64_t>(size));
  return {};
}

}  // namespace

Outcome unite_sorted_sets(Call& call) { return reply_combined(call, CombineBy::kUnion); }
Outcome intersect_sorted_sets(Call& call) { return reply_combined(call, CombineBy::kIntersection); }
Outcome subtract_sorted_sets(Call& call) { return reply_combined(call, CombineBy::kDifference); }

Outcome store_union(Call& call) { return store_combined(call, CombineBy::kUnion); }
Outcome store_intersection(Call& call) { return store_combined(call, CombineBy::kIntersection); }
Outcome store_difference(Call& call) { return store_combined(call, CombineBy::kDifference); }

Outcome count_intersection(Call& call) {
  Combination wish{.by = CombineBy::kIntersection, .only_counts = true};
  KV_TRY(read_combination(call, &wish));
  sort_sources(&wish);
  const SortedSet& smallest = wish.sources[0].set;
  std::uint64_t count = 0;
  for (std::uint64_t rank = 0; rank < smallest.size() && count < wish.limit; ++rank) {
    if (rank % 1024 == 1023 && is_cancelled()) return fail(Error(cancelled().value()));
    count += score_in_all(wish, smallest.at(rank)).has_value();
  }
  call.reply.integer(static_cast<std::int64_t>(count));
  return {};
}

}  // namespace kvstore::command::handlers
