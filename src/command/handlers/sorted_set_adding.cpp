// ZADD, ZINCRBY, ZREM: members given by name.
#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "src/base/hash.h"
#include "src/command/call.h"
#include "src/command/edit.h"
#include "src/command/errors.h"
#include "src/command/numbers.h"
#include "src/command/quote.h"
#include "src/command/rows/sorted_sets.h"
#include "src/command/score_range.h"
#include "src/command/words.h"

namespace kvstore::command::handlers {
namespace {

// Approximate memory of a change and of its entry in the index, until it is made.
constexpr std::size_t kChangeMemory = 128;
// Up to this number, memory is not accounted.
constexpr std::size_t kFewMembers = 64;

struct AddOptions {
  bool only_new = false;      // NX
  bool only_present = false;  // XX
  bool only_greater = false;  // GT
  bool only_less = false;     // LT
  bool counts_changed = false;
  bool increments = false;
};

Failure not_compatible(std::string_view which, std::string_view redis) {
  return {Code::kSyntax, fmt::format("{} exclude each other", which), "ZADD key NX 10 member",
          std::string(redis)};
}

bool take_add_option(std::string_view word, AddOptions* options) {
  const std::pair<std::string_view, bool*> known[] = {
      {"NX", &options->only_new},       {"XX", &options->only_present},
      {"GT", &options->only_greater},   {"LT", &options->only_less},
      {"CH", &options->counts_changed}, {"INCR", &options->increments}};
  for (const auto& [name, flag] : known) {
    if (!same_word(word, name)) continue;
    *flag = true;
    return true;
  }
  return false;
}

Outcome check_add_options(const AddOptions& options, std::size_t pairs) {
  if (options.only_new && options.only_present) {
    return fail(
        not_compatible("NX and XX", "ERR XX and NX options at the same time are not compatible"));
  }
  const int of_three = options.only_new + options.only_greater + options.only_less;
  if (of_three > 1) {
    return fail(not_compatible(
        "GT, LT and NX", "ERR GT, LT, and/or NX options at the same time are not compatible"));
  }
  if (options.increments && pairs > 1) {
    return fail(Failure(Code::kSyntax, "INCR takes one member", "ZADD key INCR 1 member",
                        "ERR INCR option supports a single increment-element pair"));
  }
  return {};
}

// A score and a member as given.
struct GivenMember {
  double score = 0;
  std::string_view name;
};

Checked<std::vector<GivenMember>> take_members(const Call& call, AddOptions* options) {
  const Args args = call.args;
  std::size_t at = 2;
  while (at < args.size() && take_add_option(args[at], options)) ++at;
  const std::size_t words = args.size() - at;
  if (words == 0 || words % 2 != 0) {
    return fail(Failure(Code::kSyntax, "each member needs a score before it", usage(call.row),
                        "ERR syntax error"));
  }
  KV_TRY(check_add_options(*options, words / 2));
  if (words / 2 > kFewMembers) KV_TRY(call.session.take_memory(words / 2 * sizeof(GivenMember)));
  std::vector<GivenMember> members;
  members.reserve(words / 2);
  for (; at < args.size(); at += 2) {
    const auto score = parse_real(args[at]);
    if (!score) {
      return fail(Failure(Code::kNumber, fmt::format("{} is not a score", quote(args[at])),
                          usage(call.row), "ERR value is not a valid float"));
    }
    members.push_back({*score, args[at + 1]});
  }
  return members;
}

// Adds members one after another; each sees the effect of those before.
class Adding {
 public:
  // `set` is null if there is none. Both must outlive this.
  Adding(const SortedSet* set, const AddOptions& options) : set_(set), options_(options) {}

  Outcome add(const GivenMember& member);
  const std::vector<MemberChange>& changes() const { return changes_; }
  std::int64_t added() const { return added_; }
  std::int64_t changed() const { return changed_; }  // of existing members
  // The score of the last one; nullopt: an option left it unchanged.
  std::optional<double> score() const { return score_; }

 private:
  std::optional<double> current(std::string_view name) const;
  void set(std::string_view name, double score);

  const SortedSet* const set_;
  const AddOptions& options_;
  std::vector<MemberChange> changes_;
  // Indexes in changes_; used with more than one change.
  std::unordered_map<std::string_view, std::size_t, SeededHash> places_;
  std::int64_t added_ = 0, changed_ = 0;
  std::optional<double> score_;
};

std::optional<double> Adding::current(std::string_view name) const {
  if (changes_.size() == 1 && changes_[0].name == name) return changes_[0].score;
  if (const auto found = places_.find(name); found != places_.end()) {
    return changes_[found->second].score;
  }
  return set_ ? set_->score(name) : std::nullopt;
}

void Adding::set(std::string_view name, double score) {
  if (!changes_.empty() && places_.empty()) places_.emplace(changes_[0].name, 0);
  if (!changes_.empty()) {
    const auto [place, is_new] = places_.try_emplace(name, changes_.size());
    if (!is_new) {
      changes_[place->second].score = score;
      return;
    }
  }
  changes_.push_back({name, score});
}

Outcome Adding::add(const GivenMember& member) {
  score_.reset();
  const std::optional<double> old = current(member.name);
  if (old ? options_.only_new : options_.only_present) return {};
  double score = member.score;
  if (old && options_.increments) score += *old;
  if (std::isnan(score)) {
    return fail(Failure(Code::kNumber, "the sum of inf and -inf is not a number", {},
                        "ERR resulting score is not a number (NaN)"));
  }
  const bool is_kept =
      old && ((options_.only_greater && score <= *old) || (options_.only_less && score >= *old));
  if (is_kept) return {};
  score_ = score;
  if (old && *old == score) return {};
  ++(old ? changed_ : added_);
  set(member.name, stored_score(score));
  return {};
}

Outcome add_members(Call& call, AddOptions options) {
  KV_ASSIGN(const std::vector<GivenMember> members, take_members(call, &options));
  if (members.size() > kFewMembers) {
    KV_TRY(call.session.take_memory(members.size() * kChangeMemory));
  }
  std::int64_t count = 0;
  std::optional<double> score;
  Outcome done = edit_sorted_sets(call, call.args.subspan(1, 1), [&](Edit& data) -> Outcome {
    KV_ASSIGN(std::optional<SortedSet> set, data.sorted_set(call.args[1]));
    Adding adding(set ? &*set : nullptr, options);
    for (const GivenMember& member : members) KV_TRY(adding.add(member));
    count = adding.added() + (options.counts_changed ? adding.changed() : 0);
    score = adding.score();
    set.reset();  // so that the set has one owner only
    if (!adding.changes().empty()) {
      KV_TRY(data.change_sorted_set(call.args[1], adding.changes(),
                                    options.increments ? key_event::kZIncr : key_event::kZAdd));
    }
    return {};
  });
  if (!done) return done;
  if (!options.increments)
    call.reply.integer(count);
  else if (score)
    call.reply.real(*score);
  else
    call.reply.missing();
  return {};
}

}  // namespace

Outcome add_to_sorted_set(Call& call) { return add_members(call, {}); }

Outcome increment_score(Call& call) { return add_members(call, {.increments = true}); }

Outcome remove_from_sorted_set(Call& call) {
  // A member that is named twice is removed, and counted, once.
  if (call.args.size() > kFewMembers) {
    KV_TRY(call.session.take_memory(call.args.size() * kChangeMemory));
  }
  std::vector<std::string_view> names(call.args.begin() + 2, call.args.end());
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  std::vector<MemberChange> changes;
  KV_ASSIGN(const auto info, call.data().stat(call.args[1]));
  if (info) {
    Outcome done = edit_sorted_sets(call, call.args.subspan(1, 1), [&](Edit& data) -> Outcome {
      KV_ASSIGN(std::optional<SortedSet> set, data.sorted_set(call.args[1]));
      if (!set) return {};
      for (const std::string_view name : names) {
        if (set->score(name)) changes.push_back({name, std::nullopt});
      }
      set.reset();
      if (changes.empty()) return {};
      KV_TRY(data.change_sorted_set(call.args[1], changes, key_event::kZRem));
      return {};
    });
    if (!done) return done;
  }
  call.reply.integer(static_cast<std::int64_t>(changes.size()));
  return {};
}

}  // namespace kvstore::command::handlers
