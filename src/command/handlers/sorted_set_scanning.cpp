// ZSCAN and ZRANDMEMBER: members in no particular order.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "src/base/random.h"
#include "src/command/call.h"
#include "src/command/errors.h"
#include "src/command/glob.h"
#include "src/command/listpack.h"
#include "src/command/member_list.h"
#include "src/command/numbers.h"
#include "src/command/rows/sorted_sets.h"
#include "src/command/scan_cursor.h"
#include "src/command/score_range.h"
#include "src/command/words.h"

namespace kvstore::command::handlers {
namespace {

// --- ZSCAN

// A set of at most this many members is listed in one step.
constexpr std::uint64_t kOneStep = 128;
// The most members of one step, whatever its COUNT.
constexpr std::uint64_t kLongestStep = std::uint64_t{1} << 20;

struct MemberScan {
  std::string_view glob = "*";
  std::uint64_t count = 10;
};

Failure bad_scan_count(std::string_view word) {
  Failure failure = bad_number(word, "a count of 1 or more", "ZSCAN key 0 COUNT 100");
  if (parse_protocol_count(word)) failure.redis = "ERR syntax error";
  return failure;
}

Checked<MemberScan> take_member_scan(const Call& call) {
  MemberScan scan;
  const Args args = call.args;
  for (std::size_t i = 3; i < args.size(); i += 2) {
    if (i + 1 == args.size()) return fail(unknown_option(call.row, args[i]));
    if (same_word(args[i], "MATCH")) {
      scan.glob = args[i + 1];
    } else if (same_word(args[i], "COUNT")) {
      const auto count = parse_protocol_count(args[i + 1]);
      if (!count || *count < 1) return fail(bad_scan_count(args[i + 1]));
      scan.count = std::min(static_cast<std::uint64_t>(*count), kLongestStep);
    } else {
      return fail(unknown_option(call.row, args[i]));
    }
  }
  KV_TRY(Glob::check(scan.glob));
  return scan;
}

// Continues from the cursor, and returns the new one.
Checked<std::uint64_t> scan_members(const SortedSet& set, std::uint64_t cursor,
                                    const MemberScan& scan, MemberList* list) {
  const Glob glob(scan.glob);
  Status added;
  const auto visit = [&](const SortedSet::Member& member) {
    if (added && glob.matches(member.name)) added = list->add(member);
  };
  std::uint64_t next = 0;
  if (set.size() <= kOneStep)
    for_each_member(set, {0, set.size(), false}, visit);
  else
    next = set.scan(cursor, scan.count, visit);
  KV_TRY(std::move(added));
  return next;
}

void write_scan(std::uint64_t cursor, MemberList& list, ReplySink& to) {
  to.begin(Aggregate::kArray, 2);
  to.value(std::to_string(cursor));
  list.write(to);
  to.end();
}

// --- ZRANDMEMBER

// Up to this number, picks are made one by one.
constexpr std::uint64_t kFewPicks = 1024;

// A generator for many picks, seeded once from the system's random bits.
using RandomRanks = std::mt19937_64;

std::uint64_t rank_below(std::uint64_t count, RandomRanks* random) {
  return std::uniform_int_distribution<std::uint64_t>(0, count - 1)(*random);
}

// Random members with repetition, produced while they are sent.
class RandomStream final : public ReplyStream {
 public:
  RandomStream(SortedSet set, std::uint64_t members, MemberForm form)
      : set_(std::move(set)),
        form_(form),
        items_(items_of(members, form)),
        random_(random_bits()) {}

  Kind kind() const override { return Kind::kArray; }
  std::uint64_t left() const override { return items_; }
  std::size_t memory() const override { return set_.memory() + sizeof *this; }
  Status next(ReplySink& to) override {
    --items_;
    if (score_) {
      to.real(*std::exchange(score_, std::nullopt));
      return {};
    }
    const SortedSet::Member member = set_.at(rank_below(set_.size(), &random_));
    if (form_ == MemberForm::kInTurn) {
      score_ = member.score;
      to.value(member.name);
    } else {
      write_member(member, form_, to);
    }
    return {};
  }

 private:
  const SortedSet set_;
  const MemberForm form_;
  std::uint64_t items_;
  RandomRanks random_;
  std::optional<double> score_;  // of the member whose name was sent last
};

// Replies with random members, possibly repeated.
Outcome reply_any(const Call& call, const SortedSet& set, std::uint64_t count, MemberForm form) {
  if (count <= kFewPicks || !call.session.streams()) {
    MemberList list(call.session, form);
    RandomRanks random(random_bits());
    for (std::uint64_t i = 0; i < count; ++i) {
      KV_TRY(list.add(set.at(rank_below(set.size(), &random))));
    }
    list.write(call.reply);
    return {};
  }
  KV_TRY(call.session.take_memory(set.memory() + sizeof(RandomStream)));
  call.reply.stream(std::make_unique<RandomStream>(set, count, form));
  return {};
}

// `count` different random ranks; `count` must be less than the size of the set.
std::vector<std::uint64_t> different_ranks(std::uint64_t size, std::uint64_t count) {
  RandomRanks random(random_bits());
  std::unordered_set<std::uint64_t> known;
  std::vector<std::uint64_t> ranks;
  ranks.reserve(count);
  for (std::uint64_t last = size - count; last < size; ++last) {
    const std::uint64_t any = rank_below(last + 1, &random);
    ranks.push_back(known.insert(any).second ? any : last);
    known.insert(ranks.back());
  }
  std::shuffle(ranks.begin(), ranks.end(), random);
  return ranks;
}

Outcome reply_different(const Call& call, const SortedSet& set, std::uint64_t count,
                        MemberForm form) {
  if (count >= set.size())
    return reply_members(call, set, {set.size() - 1, set.size(), true}, form);
  constexpr std::size_t kRankMemory = 64;
  if (count > kFewPicks) KV_TRY(call.session.take_memory(count * kRankMemory));
  MemberList list(call.session, form);
  for (const std::uint64_t rank : different_ranks(set.size(), count)) {
    KV_TRY(list.add(set.at(rank)));
  }
  list.write(call.reply);
  return {};
}

Failure bad_random_count(std::string_view word, std::string_view redis) {
  Failure failure = bad_number(word, "how many", "ZRANDMEMBER key 5");
  if (!redis.empty()) failure.redis = redis;
  return failure;
}

Checked<std::int64_t> take_random_count(const Call& call) {
  const std::string_view word = call.args[2];
  const auto count = parse_protocol_count(word);
  if (!count) return fail(bad_random_count(word, {}));
  if (*count == INT64_MIN) {
    return fail(bad_random_count(word,
                                 "ERR value is out of range, value must between "
                                 "-9223372036854775807 and 9223372036854775807"));
  }
  const bool has_option = call.args.size() > 3;
  if (has_option && (call.args.size() > 4 || !same_word(call.args[3], "WITHSCORES"))) {
    return fail(unknown_option(call.row, call.args.back()));
  }
  constexpr std::int64_t kMost = INT64_MAX / 2;
  if (has_option && (*count < -kMost || *count > kMost)) {
    return fail(bad_random_count(word, "ERR value is out of range"));
  }
  return *count;
}

}  // namespace

Outcome scan_sorted_set(Call& call) {
  const auto cursor = parse_scan_cursor(call.args[2]);
  if (!cursor) {
    Failure failure = bad_number(call.args[2], "a cursor",
                                 "ZSCAN key 0 to begin, then the cursor of the last reply");
    failure.redis = "ERR invalid cursor";
    return fail(std::move(failure));
  }
  KV_ASSIGN(const auto set, call.data().sorted_set(call.args[1]));
  const bool is_small = set && fits_listpack(call, *set);
  MemberList list(call.session,
                  is_small ? MemberForm::kInTurnOfListpack : MemberForm::kInTurnAsValues);
  if (!set) {
    write_scan(0, list, call.reply);
    return {};
  }
  KV_ASSIGN(const MemberScan scan, take_member_scan(call));
  KV_ASSIGN(const std::uint64_t next, scan_members(*set, *cursor, scan, &list));
  write_scan(next, list, call.reply);
  return {};
}

Outcome random_members(Call& call) {
  std::int64_t count = 0;
  if (call.args.size() > 2) {
    KV_ASSIGN(count, take_random_count(call));
  }
  KV_ASSIGN(const auto set, call.data().sorted_set(call.args[1]));
  if (call.args.size() == 2) {
    if (set)
      call.reply.value(set->at(random_bits() % set->size()).name);
    else
      call.reply.missing();
    return {};
  }
  if (!set || count == 0) {
    call.reply.empty(Aggregate::kArray);
    return {};
  }
  const MemberForm form = member_form(call.session, call.args.size() > 3);
  return count < 0 ? reply_any(call, *set, static_cast<std::uint64_t>(-count), form)
                   : reply_different(call, *set, static_cast<std::uint64_t>(count), form);
}

}  // namespace kvstore::command::handlers
