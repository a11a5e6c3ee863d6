#include "src/transfer/redis_commands.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>

#include <fmt/format.h>

#include "src/client/resp_request.h"
#include "src/command/acl/command_keys.h"
#include "src/command/numbers.h"
#include "src/command/quote.h"
#include "src/command/table.h"
#include "src/command/words.h"
#include "src/sorted_set/changes.h"
#include "src/transfer/times.h"

namespace kvstore::transfer {
namespace {

using command::Args;
using command::parse_integer;
using command::parse_real;
using command::parse_unsigned;
using command::quote;
using command::same_word;
using Kind = Change::Kind;
using If = Change::If;

struct Call {
  Args argv;
  const CommandContext& context;
  std::vector<Change>& changes;
  std::string& made;
  std::string_view word(std::size_t i) const { return argv[i]; }
  std::size_t count() const { return argv.size(); }
  Change& add(Kind kind, std::string_view key, std::string_view value = {}) const {
    return changes.emplace_back(Change{.kind = kind, .key = key, .value = value});
  }
  // Notes that the key was changed in a way that is not known here.
  void add_unknown(std::string_view key) const { add(Kind::kUnknown, key).other = argv[0]; }
};

tl::unexpected<Error> malformed(const Call& call, std::string_view what) {
  return fail(Code::kSyntax, fmt::format("{} {}", quote(call.word(0), 32), what));
}

// --- times

struct Expiry {
  std::uint64_t unit_ms;
  bool from_now;
};

std::optional<Expiry> expiry_option(std::string_view word) {
  if (same_word(word, "EX")) return Expiry{1000, true};
  if (same_word(word, "PX")) return Expiry{1, true};
  if (same_word(word, "EXAT")) return Expiry{1000, false};
  if (same_word(word, "PXAT")) return Expiry{1, false};
  return std::nullopt;
}

// Redis accepts times before 1970 and negative periods, which remove a key at once.
Result<std::uint64_t> take_expiry(const Call& call, Expiry expiry, std::string_view word) {
  const auto number = parse_integer(word);
  if (!number) {
    return fail(Code::kNumber, fmt::format("{} is not a time to expire at", quote(word)));
  }
  const std::uint64_t from = expiry.from_now ? call.context.now_ms : 0;
  if (*number <= 0) return std::max<std::uint64_t>(from, 1);
  const auto count = static_cast<std::uint64_t>(*number);
  return count > (kMaxExpiry_ms - from) / expiry.unit_ms ? kMaxExpiry_ms
                                                         : from + count * expiry.unit_ms;
}

// --- what the command table makes

// Excludes commands that block, transactions, and those whose answers would differ in an import.
bool is_in_table(Args argv) {
  constexpr std::uint16_t kOthers =
      command::kBlocking | command::kTransaction | command::kAdmin | command::kHidden;
  const command::Command* const row = command::find_command(argv[0]);
  return row != nullptr && row->has(command::kWrite) && (row->flags & kOthers) == 0 &&
         row->group != "history" && row->keys.has_any() && row->takes(argv.size() - 1);
}

bool only_reads(Args argv) {
  const command::Command* const row = command::find_command(argv[0]);
  return row != nullptr && !row->has(command::kWrite) && !row->has(command::kHidden);
}

Status run(const Call& call) {
  client::append_resp_request(call.argv, &call.made);
  Change& change = call.add(Kind::kCommand, {}, call.made);
  change.other = call.word(0);
  command::acl::for_each_key(*command::find_command(call.word(0)), call.argv,
                             [&](std::string_view key, command::acl::Access) {
                               change.key = key;
                               return false;
                             });
  return {};
}

// --- strings

Status take_set_options(const Call& call, Change* change) {
  for (std::size_t i = 3; i < call.count(); ++i) {
    const std::string_view word = call.word(i);
    const auto expiry = expiry_option(word);
    if (expiry && i + 1 < call.count()) {
      KV_ASSIGN(change->expires_at_ms, take_expiry(call, *expiry, call.word(++i)));
    } else if (same_word(word, "NX")) {
      change->condition = If::kAbsent;
    } else if (same_word(word, "XX")) {
      change->condition = If::kPresent;
    } else if (same_word(word, "KEEPTTL")) {
      change->keeps_expiry = true;
    } else if (!same_word(word, "GET")) {
      return malformed(call, fmt::format("has the unknown option {}", quote(word)));
    }
  }
  return {};
}

Status set(const Call& call) {
  return take_set_options(call, &call.add(Kind::kSet, call.word(1), call.word(2)));
}

Status set_if_absent(const Call& call) {
  call.add(Kind::kSet, call.word(1), call.word(2)).condition = If::kAbsent;
  return {};
}

Status create(const Call& call) {
  call.add(Kind::kSet, call.word(1)).condition = If::kAbsent;
  return {};
}

Status set_for(const Call& call, std::uint64_t unit_ms) {
  KV_ASSIGN(const std::uint64_t at_ms, take_expiry(call, {unit_ms, true}, call.word(2)));
  call.add(Kind::kSet, call.word(1), call.word(3)).expires_at_ms = at_ms;
  return {};
}
Status set_for_seconds(const Call& call) { return set_for(call, 1000); }
Status set_for_ms(const Call& call) { return set_for(call, 1); }

Status set_plain(const Call& call) {  // GETSET
  call.add(Kind::kSet, call.word(1), call.word(2));
  return {};
}

Status set_many(const Call& call) {
  if (call.count() % 2 == 0) return malformed(call, "has a key without a value");
  for (std::size_t i = 1; i < call.count(); i += 2)
    call.add(Kind::kSet, call.word(i), call.word(i + 1));
  return {};
}

Status append(const Call& call) {
  call.add(Kind::kAppend, call.word(1), call.word(2));
  return {};
}

Status patch(const Call& call) {
  const auto offset = parse_unsigned(call.word(2));
  if (!offset || *offset > INT64_MAX) return malformed(call, "needs an offset");
  call.add(Kind::kPatch, call.word(1), call.word(3)).number = static_cast<std::int64_t>(*offset);
  return {};
}

Status add(const Call& call, std::int64_t number) {
  call.add(Kind::kAdd, call.word(1)).number = number;
  return {};
}
Status increment(const Call& call) { return add(call, 1); }
Status decrement(const Call& call) { return add(call, -1); }
Status increment_by(const Call& call) {
  const auto number = parse_integer(call.word(2));
  return number ? add(call, *number) : malformed(call, "needs a number");
}
Status decrement_by(const Call& call) {
  const auto number = parse_integer(call.word(2));
  if (!number || *number == INT64_MIN) return malformed(call, "needs a number");
  return add(call, -*number);
}

// --- sorted sets

Status change_members(const Call& call) {
  call.add(Kind::kMembers, call.word(1), call.made).type = ValueType::kZset;
  return {};
}

// With options, the result depends on what is there.
Status add_members(const Call& call) {
  if (call.count() % 2 != 0 || !parse_real(call.word(2))) return run(call);
  for (std::size_t i = 2; i < call.count(); i += 2) {
    const auto score = parse_real(call.word(i));
    if (!score) return malformed(call, fmt::format("has {} for a score", quote(call.word(i), 32)));
    sorted_set::append_change({call.word(i + 1), *score}, &call.made);
  }
  return change_members(call);
}

Status remove_members(const Call& call) {
  for (std::size_t i = 2; i < call.count(); ++i) {
    sorted_set::append_change({call.word(i), std::nullopt}, &call.made);
  }
  return change_members(call);
}

// --- keys

Status remove(const Call& call) {
  for (std::size_t i = 1; i < call.count(); ++i) call.add(Kind::kRemove, call.word(i));
  return {};
}

Status remove_first(const Call& call) {  // GETDEL
  call.add(Kind::kRemove, call.word(1));
  return {};
}

Result<bool> is_database(const Call& call, std::string_view word) {
  const auto number = parse_unsigned(word);
  if (!number) return malformed(call, "needs the number of a database");
  return *number == call.context.database;
}

Status move(const Call& call) {
  KV_ASSIGN(const bool is_here, is_database(call, call.word(2)));
  return is_here ? Status() : remove_first(call);
}

Status expire(const Call& call, Expiry expiry) {
  KV_ASSIGN(const std::uint64_t at_ms, take_expiry(call, expiry, call.word(2)));
  call.add(Kind::kExpire, call.word(1)).expires_at_ms = at_ms;
  return {};
}
Status expire_in_seconds(const Call& call) { return expire(call, {1000, true}); }
Status expire_in_ms(const Call& call) { return expire(call, {1, true}); }
Status expire_at_seconds(const Call& call) { return expire(call, {1000, false}); }
Status expire_at_ms(const Call& call) { return expire(call, {1, false}); }
Status persist(const Call& call) {
  call.add(Kind::kExpire, call.word(1));
  return {};
}

Status rename(const Call& call) {
  Change& change = call.add(Kind::kRename, call.word(2));
  change.other = call.word(1);
  if (same_word(call.word(0), "RENAMENX")) change.condition = If::kAbsent;
  return {};
}

Status copy(const Call& call) {
  Change change{
      .kind = Kind::kCopy, .key = call.word(2), .other = call.word(1), .condition = If::kAbsent};
  for (std::size_t i = 3; i < call.count(); ++i) {
    if (same_word(call.word(i), "REPLACE")) change.condition = If::kAlways;
    if (!same_word(call.word(i), "DB") || i + 1 == call.count()) continue;
    KV_ASSIGN(const bool is_here, is_database(call, call.word(++i)));
    if (!is_here) return {};
  }
  call.changes.push_back(change);
  return {};
}

Status clear(const Call& call) {
  call.add(Kind::kClear, {});
  return {};
}

// The contents of other databases are not known here.
Status swap_databases(const Call& call) {
  KV_ASSIGN(const bool is_first, is_database(call, call.word(1)));
  KV_ASSIGN(const bool is_second, is_database(call, call.word(2)));
  if (is_first == is_second) return {};
  return malformed(call, "cannot be followed: it exchanges whole databases");
}

Status nothing(const Call&) { return {}; }

// `least` and `most` count all words; 0: no limit.
struct Row {
  std::string_view name;
  std::size_t least, most;
  Status (*read)(const Call&);
};

constexpr std::array kRows{
    Row{"SET", 3, 0, set},
    Row{"PUT", 3, 0, set},
    Row{"APPEND", 3, 3, append},
    Row{"DEL", 2, 0, remove},
    Row{"DELETE", 2, 2, remove},
    Row{"UNLINK", 2, 0, remove},
    Row{"PEXPIREAT", 3, 4, expire_at_ms},
    Row{"PERSIST", 2, 2, persist},
    Row{"CREATE", 2, 2, create},
    Row{"SETNX", 3, 3, set_if_absent},
    Row{"SETEX", 4, 4, set_for_seconds},
    Row{"PSETEX", 4, 4, set_for_ms},
    Row{"GETSET", 3, 3, set_plain},
    Row{"MSET", 3, 0, set_many},
    Row{"SETRANGE", 4, 4, patch},
    Row{"INCR", 2, 2, increment},
    Row{"DECR", 2, 2, decrement},
    Row{"INCRBY", 3, 3, increment_by},
    Row{"DECRBY", 3, 3, decrement_by},
    Row{"GETDEL", 2, 2, remove_first},
    Row{"MOVE", 3, 3, move},
    Row{"EXPIRE", 3, 4, expire_in_seconds},
    Row{"PEXPIRE", 3, 4, expire_in_ms},
    Row{"EXPIREAT", 3, 4, expire_at_seconds},
    Row{"RENAME", 3, 3, rename},
    Row{"RENAMENX", 3, 3, rename},
    Row{"COPY", 3, 0, copy},
    Row{"ZADD", 4, 0, add_members},
    Row{"ZREM", 3, 0, remove_members},
    Row{"FLUSHALL", 1, 2, clear},
    Row{"FLUSHDB", 1, 2, clear},
    Row{"SWAPDB", 3, 3, swap_databases},
    Row{"PING", 1, 2, nothing},
    Row{"FLUSHDISK", 1, 1, nothing},
};

// --- commands that are not carried out

// Which words of a command are keys that it may have changed; for commands that are not listed, it
// is
// the first.
struct Keys {
  std::string_view name;
  std::size_t first = 0, last = 0;  // 0: no keys
  std::size_t count_at = 0;         // the word that says how many keys follow it
};

constexpr Keys kOtherKeys[] = {
    {"SCRIPT"},         {"FUNCTION"},        {"PUBLISH"},         {"SPUBLISH"},
    {"MODULE"},         {"CLUSTER"},         {"REPLCONF"},        {"ACL"},
    {"CONFIG"},         {"DEBUG"},           {"XGROUP", 2, 2},    {"SMOVE", 1, 2},
    {"LMOVE", 1, 2},    {"BLMOVE", 1, 2},    {"RPOPLPUSH", 1, 2}, {"BRPOPLPUSH", 1, 2},
    {"LMPOP", 0, 0, 1}, {"BLMPOP", 0, 0, 2}, {"EVAL", 0, 0, 2},   {"EVALSHA", 0, 0, 2},
    {"FCALL", 0, 0, 2},
};

const auto* find_name(std::string_view name, const auto& rows) {
  const auto found = std::find_if(std::begin(rows), std::end(rows),
                                  [name](const auto& row) { return same_word(name, row.name); });
  return found == std::end(rows) ? nullptr : &*found;
}

// The key that SORT and similar commands write to is the word after STORE.
std::size_t stored_at(Args argv) {
  for (std::size_t i = 2; i + 1 < argv.size(); ++i) {
    if (same_word(argv[i], "STORE") || same_word(argv[i], "STOREDIST")) return i + 1;
  }
  return 0;
}

Keys changed_keys(Args argv) {
  constexpr std::string_view kStoring[] = {"SORT", "GEORADIUS", "GEORADIUSBYMEMBER"};
  const bool stores = std::any_of(std::begin(kStoring), std::end(kStoring),
                                  [&](std::string_view name) { return same_word(argv[0], name); });
  if (stores) return {argv[0], stored_at(argv), stored_at(argv)};
  const Keys* const found = find_name(argv[0], kOtherKeys);
  Keys keys = found ? *found : Keys{argv[0], 1, 1};
  if (keys.count_at != 0 && keys.count_at < argv.size()) {
    keys.first = keys.count_at + 1;
    const std::uint64_t count = parse_unsigned(argv[keys.count_at]).value_or(0);
    keys.last = keys.count_at + std::min<std::uint64_t>(count, argv.size());
  }
  return keys;
}

void note_unknown(const Call& call) {
  const Keys keys = changed_keys(call.argv);
  if (keys.first == 0) return;
  for (std::size_t at = keys.first; at <= keys.last && at < call.count(); ++at) {
    call.add_unknown(call.word(at));
  }
}

}  // namespace

Result<Known> changes_of(Args argv, const CommandContext& context, std::vector<Change>* changes,
                         std::string* made) {
  made->clear();
  const Call call{argv, context, *changes, *made};
  const Row* const row = find_name(argv[0], kRows);
  if (row == nullptr && is_in_table(argv)) {
    KV_TRY(run(call));
    return Known::kYes;
  }
  if (row == nullptr) {
    if (!only_reads(argv)) note_unknown(call);
    return Known::kNo;
  }
  if (argv.size() < row->least || (row->most != 0 && argv.size() > row->most)) {
    return malformed(call, fmt::format("has {} words", argv.size()));
  }
  KV_TRY(row->read(call));
  return changes->empty() ? Known::kNoEffect : Known::kYes;
}

Status changes_from_elsewhere(Args argv, const CommandContext& context,
                              std::vector<Change>* changes) {
  std::string unused;
  const Call call{argv, context, *changes, unused};
  if (same_word(argv[0], "FLUSHALL")) return clear(call);
  if (same_word(argv[0], "SWAPDB") && argv.size() == 3) return swap_databases(call);
  if (same_word(argv[0], "MOVE") && argv.size() == 3) {
    KV_ASSIGN(const bool is_here, is_database(call, argv[2]));
    if (is_here) call.add_unknown(argv[1]);
  }
  for (std::size_t i = 3; same_word(argv[0], "COPY") && i + 1 < argv.size(); ++i) {
    if (!same_word(argv[i], "DB")) continue;
    KV_ASSIGN(const bool is_here, is_database(call, argv[i + 1]));
    if (is_here) call.add_unknown(argv[2]);
    break;
  }
  return {};
}

}  // namespace kvstore::transfer
