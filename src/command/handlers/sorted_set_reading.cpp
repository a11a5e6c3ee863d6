// ZSCORE, ZMSCORE, ZCARD, ZCOUNT, ZLEXCOUNT, ZRANK, ZREVRANK: reads of one set.
#include <optional>

#include "src/command/arguments.h"
#include "src/command/call.h"
#include "src/command/errors.h"
#include "src/command/rows/sorted_sets.h"
#include "src/command/score_range.h"
#include "src/command/words.h"

namespace kvstore::command::handlers {
namespace {

void reply_score(const Call& call, const std::optional<double>& score) {
  if (score)
    call.reply.real(*score);
  else
    call.reply.missing();
}

// The range is checked even if there is no set.
template <class Range>
Outcome count_members(Call& call, const Range& range) {
  KV_ASSIGN(const auto set, call.data().sorted_set(call.args[1]));
  call.reply.integer(set ? static_cast<std::int64_t>(ranks_of(*set, range).size()) : 0);
  return {};
}

Outcome reply_rank(Call& call, bool is_backwards) {
  const bool with_score = call.args.size() > 3;
  if (with_score && !same_word(call.args[3], "WITHSCORE")) {
    return fail(unknown_option(call.row, call.args[3]));
  }
  KV_ASSIGN(const auto set, call.data().sorted_set(call.args[1]));
  const auto rank = set ? set->rank(call.args[2]) : std::nullopt;
  if (!rank) {
    with_score ? call.reply.missing_array() : call.reply.missing();
    return {};
  }
  if (with_score) call.reply.begin(Aggregate::kArray, 2);
  call.reply.integer(static_cast<std::int64_t>(is_backwards ? set->size() - 1 - *rank : *rank));
  if (with_score) {
    call.reply.real(set->at(*rank).score);
    call.reply.end();
  }
  return {};
}

}  // namespace

Outcome score_of_member(Call& call) {
  KV_ASSIGN(const At at, take_at(call, 3));
  KV_ASSIGN(const auto set, call.data().sorted_set(call.args[1], at));
  reply_score(call, set ? set->score(call.args[2]) : std::nullopt);
  return {};
}

Outcome scores_of_members(Call& call) {
  KV_ASSIGN(const auto set, call.data().sorted_set(call.args[1]));
  const Args names = call.args.subspan(2);
  call.reply.begin(Aggregate::kArray, names.size());
  for (const std::string_view name : names) {
    reply_score(call, set ? set->score(name) : std::nullopt);
  }
  call.reply.end();
  return {};
}

Outcome size_of_sorted_set(Call& call) {
  KV_ASSIGN(const At at, take_at(call, 2));
  KV_ASSIGN(const auto set, call.data().sorted_set(call.args[1], at));
  call.reply.integer(set ? static_cast<std::int64_t>(set->size()) : 0);
  return {};
}

Outcome count_by_score(Call& call) {
  KV_ASSIGN(const ScoreRange range, take_score_range(call, 2, 3));
  return count_members(call, range);
}

Outcome count_by_name(Call& call) {
  KV_ASSIGN(const NameRange range, take_name_range(call, 2, 3));
  return count_members(call, range);
}

Outcome rank_of_member(Call& call) { return reply_rank(call, false); }
Outcome reverse_rank_of_member(Call& call) { return reply_rank(call, true); }

}  // namespace kvstore::command::handlers
