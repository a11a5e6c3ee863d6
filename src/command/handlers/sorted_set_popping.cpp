// ZPOPMIN, ZPOPMAX, ZMPOP: removes the members with the lowest or highest scores; and BZPOPMIN,
// BZPOPMAX, BZMPOP, which wait for a member.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "src/command/call.h"
#include "src/command/edit.h"
#include "src/command/errors.h"
#include "src/command/member_list.h"
#include "src/command/numbers.h"
#include "src/command/quote.h"
#include "src/command/rows/sorted_sets.h"
#include "src/command/score_range.h"
#include "src/command/words.h"

namespace kvstore::command::handlers {
namespace {

// nullopt: no limit.
using WaitLimit = std::optional<std::chrono::milliseconds>;

// What to pop, and the form of the reply.
struct Pop {
  Args keys = {};
  bool takes_highest = false;
  std::uint64_t count = 1;
  bool says_key = false;
  // The reply pairs each member with its score; otherwise they alternate.
  bool in_pairs = false;
  // It may wait: then it passes over a set that another takes first, who waits for it.
  bool waits = false;
  bool is_in_line = true;
  bool reads_under_lock = false;
};

struct PoppedMember {
  std::string name;
  double score = 0;
};
struct Popped {
  std::string_view key;  // empty: there was no set
  std::vector<PoppedMember> members;
  std::string_view behind;   // a key whose set another takes first, who waits for it
  std::string_view to_read;  // a key whose set is to be read first, without the writer lock
};

void write_popped(const Pop& pop, const Popped& popped, ReplySink& to) {
  const MemberForm form = pop.in_pairs ? MemberForm::kPairs : MemberForm::kInTurn;
  const bool is_flat = pop.says_key && !pop.in_pairs;
  if (pop.says_key) {
    to.begin(Aggregate::kArray, is_flat ? 1 + 2 * popped.members.size() : 2);
    to.value(popped.key);
  }
  if (!is_flat) to.begin(Aggregate::kArray, items_of(popped.members.size(), form));
  for (const PoppedMember& member : popped.members) {
    write_member({member.score, member.name}, form, to);
  }
  if (!is_flat) to.end();
  if (pop.says_key) to.end();
}

// Copies the members, so that the set has one owner when they are removed. Accounts for the memory
// of the members and of the reply.
Checked<std::vector<PoppedMember>> members_to_pop(const Call& call, const SortedSet& set,
                                                  const Pop& pop) {
  const std::uint64_t count = std::min(pop.count, set.size());
  std::vector<PoppedMember> members;
  Status status;
  std::size_t bytes = 0;
  const Slice slice{pop.takes_highest ? set.size() - 1 : 0, count, pop.takes_highest};
  for_each_member(set, slice, [&](const SortedSet::Member& member) {
    if (!status) return;
    bytes += 2 * (sizeof(PoppedMember) + member.name.size()) + sizeof(MemberChange);
    if (bytes > kAskedMemory) status = call.session.take_memory(std::exchange(bytes, 0));
    if (status) members.push_back({std::string(member.name), member.score});
  });
  KV_TRY(std::move(status));
  return members;
}

// Pops from the first key that has a set. A command whose wait has ended meanwhile takes nothing:
// that is checked under the lock of the write that would take it.
Outcome pop_first(const Call& call, Edit& data, const Pop& pop, Popped* popped) {
  for (const std::string_view key : pop.keys) {
    if (!pop.reads_under_lock && data.has_set_to_read(key)) {
      popped->to_read = key;
      return {};
    }
    auto found = data.sorted_set(key);
    // A command that waits for a set ignores values of other types that appear.
    if (!found && found.error().code == Code::kType && call.session.is_waiting()) continue;
    KV_ASSIGN(std::optional<SortedSet> set, std::move(found));
    if (!set) continue;
    if (pop.is_in_line && call.session.is_behind_others(key)) {
      popped->behind = key;
      if (pop.waits) continue;
      return {};
    }
    if (!call.session.may_take()) return {};
    popped->key = key;
    KV_ASSIGN(popped->members, members_to_pop(call, *set, pop));
    set.reset();
    std::vector<MemberChange> changes;
    changes.reserve(popped->members.size());
    for (const PoppedMember& member : popped->members) {
      changes.push_back({member.name, std::nullopt});
    }
    if (changes.empty()) return {};
    KV_TRY(data.change_sorted_set(key, changes,
                                  pop.takes_highest ? key_event::kZPopMax : key_event::kZPopMin));
    return {};
  }
  return {};
}

// If all keys are missing nothing is written, and no file is made.
Checked<bool> has_any_key(const Call& call, const Pop& pop) {
  bool has_any = false;
  KV_TRY(call.data().stat_each(pop.keys, [&](const std::optional<KeyInfo>& info) {
    has_any = info.has_value();
    return !has_any;
  }));
  return has_any;
}

// Those who wait for a set take it first; unless they are served again and again.
Checked<Popped> pop_in_line(Call& call, Pop pop) {
  constexpr int kMostTurns = 16, kMostReads = 3;
  for (int turn = 1;; ++turn) {
    pop.is_in_line = turn <= kMostTurns;
    Popped popped;
    Outcome done = edit(call, [&](Edit& data) { return pop_first(call, data, pop, &popped); });
    if (!done) return fail(std::move(done.error()));
    if (popped.to_read.data() != nullptr) {
      call.session.read_set_unlocked(popped.to_read);
      pop.reads_under_lock = turn >= kMostReads;
    } else if (!pop.waits && popped.behind.data() != nullptr) {
      call.session.let_others_take(popped.behind);
    } else {
      return popped;
    }
  }
}

// False: there was nothing to pop.
Checked<bool> pop_and_reply(Call& call, const Pop& pop) {
  KV_ASSIGN(const bool has_any, has_any_key(call, pop));
  if (!has_any) return false;
  KV_ASSIGN(const Popped popped, pop_in_line(call, pop));
  if (popped.key.data() == nullptr) return false;
  write_popped(pop, popped, call.reply);
  return true;
}

// --- Parsing

Failure bad_pop_count(std::string_view word, std::string_view redis) {
  Failure failure = bad_number(word, "how many", "ZPOPMIN key 10");
  failure.redis = redis;
  return failure;
}

Checked<std::uint64_t> take_pop_count(const Call& call, std::size_t at, std::int64_t least,
                                      std::string_view redis) {
  const auto count = parse_protocol_count(call.args[at]);
  if (count && *count >= least) return static_cast<std::uint64_t>(*count);
  return fail(bad_pop_count(call.args[at], redis));
}

// Parses `numkeys key [key ...] MIN|MAX [COUNT count]` from args[at] on.
Checked<Pop> take_pop(const Call& call, std::size_t at) {
  Pop pop{.keys = {}, .says_key = true, .in_pairs = true};
  KV_ASSIGN(const std::uint64_t keys,
            take_pop_count(call, at, 1, "ERR numkeys should be greater than 0"));
  const Args rest = call.args.subspan(at + 1);
  if (keys >= rest.size())
    return fail(needs_value("numkeys", "as many keys, and MIN or MAX", usage(call.row)));
  pop.keys = rest.first(keys);
  pop.takes_highest = same_word(rest[keys], "MAX");
  if (!pop.takes_highest && !same_word(rest[keys], "MIN")) {
    return fail(unknown_option(call.row, rest[keys]));
  }
  bool has_count = false;
  for (std::size_t i = at + 2 + keys; i < call.args.size(); i += 2) {
    if (has_count || !same_word(call.args[i], "COUNT") || i + 1 == call.args.size()) {
      return fail(unknown_option(call.row, call.args[i]));
    }
    KV_ASSIGN(pop.count, take_pop_count(call, i + 1, 1, "ERR count should be greater than 0"));
    has_count = true;
  }
  return pop;
}

Failure bad_timeout(std::string_view word, std::string_view what, std::string_view redis) {
  return {Code::kNumber, fmt::format("{} {}", quote(word), what), "0.5, or 0 to wait for ever",
          std::string(redis)};
}

// Parses the seconds at args[at]; 0: no limit.
Checked<WaitLimit> take_timeout(const Call& call, std::size_t at) {
  const std::string_view word = call.args[at];
  const auto seconds = parse_long_real(word);
  if (!seconds) {
    return fail(bad_timeout(word, "is not a number of seconds",
                            "ERR timeout is not a float or out of range"));
  }
  const long double milliseconds = std::ceil(*seconds * 1000);
  if (milliseconds < 0) {
    return fail(bad_timeout(word, "is negative", "ERR timeout is negative"));
  }
  // As Redis words it, whose number of milliseconds overflows to a negative one.
  if (milliseconds > static_cast<long double>(INT64_MAX)) {
    return fail(bad_timeout(word, "is too long", "ERR timeout is negative"));
  }
  constexpr long double kForEver_ms = 4e12L;  // the clock's range ends some 290 years from now
  if (milliseconds == 0 || milliseconds > kForEver_ms) return WaitLimit();
  return std::chrono::milliseconds(static_cast<std::int64_t>(milliseconds));
}

// --- Execution

Outcome pop_at_once(Call& call, std::size_t count_at, bool takes_highest) {
  Pop pop{.keys = call.args.subspan(1, 1), .takes_highest = takes_highest};
  if (call.args.size() > count_at + 1) return fail(unknown_option(call.row, call.args[3]));
  if (call.args.size() > count_at) {
    KV_ASSIGN(pop.count,
              take_pop_count(call, count_at, 0, "ERR value is out of range, must be positive"));
    pop.in_pairs = call.session.dialect() == Dialect::kResp3;
  }
  KV_ASSIGN(const bool done, pop_and_reply(call, pop));
  if (!done) call.reply.empty(Aggregate::kArray);
  return {};
}

// First the keys that were written during the wait, in the order of the writes: each of them would
// have ended the wait.
std::vector<std::string_view> in_order_of_writes(const Call& call, Args keys) {
  std::vector<std::string_view> ordered;
  for (const std::uint32_t number : call.session.take_written_keys()) {
    ordered.push_back(keys[number]);
  }
  ordered.insert(ordered.end(), keys.begin(), keys.end());
  return ordered;
}

Outcome pop_or_wait(Call& call, Pop pop, const WaitLimit& limit) {
  const Args named = pop.keys;
  const std::vector<std::string_view> ordered = in_order_of_writes(call, named);
  pop.keys = ordered;
  pop.waits = true;
  KV_ASSIGN(const bool done, pop_and_reply(call, pop));
  if (done) return {};
  const bool waits = call.session.wait_for(
      {.keys = {named.begin(), named.end()}, .limit = limit, .in_turn = true});
  if (!waits) call.reply.missing_array();
  return {};
}

Outcome pop_one_or_wait(Call& call, bool takes_highest) {
  const std::size_t last = call.args.size() - 1;
  KV_ASSIGN(const WaitLimit limit, take_timeout(call, last));
  const Pop pop{
      .keys = call.args.subspan(1, last - 1), .takes_highest = takes_highest, .says_key = true};
  return pop_or_wait(call, pop, limit);
}

}  // namespace

Outcome pop_lowest(Call& call) { return pop_at_once(call, 2, false); }
Outcome pop_highest(Call& call) { return pop_at_once(call, 2, true); }

Outcome pop_from_many(Call& call) {
  KV_ASSIGN(const Pop pop, take_pop(call, 1));
  KV_ASSIGN(const bool done, pop_and_reply(call, pop));
  if (!done) call.reply.missing_array();
  return {};
}

Outcome pop_lowest_or_wait(Call& call) { return pop_one_or_wait(call, false); }
Outcome pop_highest_or_wait(Call& call) { return pop_one_or_wait(call, true); }

Outcome pop_from_many_or_wait(Call& call) {
  KV_ASSIGN(const Pop pop, take_pop(call, 2));
  KV_ASSIGN(const WaitLimit limit, take_timeout(call, 1));
  return pop_or_wait(call, pop, limit);
}

}  // namespace kvstore::command::handlers
