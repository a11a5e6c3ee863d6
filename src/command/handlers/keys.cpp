// DELETE, DEL, FLUSHALL, EXISTS, KEYS, SCAN, RANDOMKEY, COUNT, TYPE: keys with values of any type.
#include "src/command/rows/keys.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "src/base/random.h"
#include "src/command/call.h"
#include "src/command/errors.h"
#include "src/command/glob.h"
#include "src/command/listing.h"
#include "src/command/moment.h"
#include "src/command/numbers.h"
#include "src/command/scan_cursor.h"
#include "src/command/version_name.h"
#include "src/command/words.h"
#include "src/store/scan_cursor.h"
#include "src/store/store.h"

namespace kvstore::command::handlers {
namespace {

// Keys that a SCAN looks at between checks of the reply's size.
constexpr std::uint64_t kScanStep = 128;
constexpr std::uint64_t kScanDefault = 10;

// Approximate memory of each further key of a DEL.
constexpr std::size_t kRemoveMemory = 512;

// --- SCAN's options

struct ScanOptions {
  std::string_view glob = "*";
  std::uint64_t count = kScanDefault;
  std::optional<std::string_view> type;
};

Failure bad_count(std::string_view word) {
  Failure failure = bad_number(word, "a count of 1 or more", "SCAN 0 COUNT 100");
  if (parse_integer(word)) failure.redis = "ERR syntax error";  // Redis' wording for 0
  return failure;
}

Checked<ScanOptions> take_scan_options(const Call& call) {
  ScanOptions options;
  const Args args = call.args;
  for (std::size_t i = 2; i < args.size(); i += 2) {
    const bool is_match = same_word(args[i], "MATCH");
    const bool is_type = same_word(args[i], "TYPE");
    if (!is_match && !is_type && !same_word(args[i], "COUNT")) {
      return fail(unknown_option(call.row, args[i]));
    }
    if (i + 1 == args.size()) {
      return fail(is_match  ? needs_value("MATCH", "a pattern", "SCAN 0 MATCH user:*")
                  : is_type ? needs_value("TYPE", "a type", "SCAN 0 TYPE string")
                            : needs_value("COUNT", "a number", "SCAN 0 COUNT 100"));
    }
    if (is_match) {
      options.glob = args[i + 1];
    } else if (is_type) {
      options.type = args[i + 1];
    } else {
      options.count = parse_unsigned(args[i + 1]).value_or(0);
      if (options.count == 0) return fail(bad_count(args[i + 1]));
    }
  }
  return options;
}

Failure bad_cursor(std::string_view word) {
  Failure failure =
      bad_number(word, "a cursor", "SCAN 0 to begin, then the cursor of the last reply");
  failure.redis = "ERR invalid cursor";
  return failure;
}

// Adds those of the matching keys that have the requested type.
Status add_of_type(KeyList& list, Data& data, std::vector<std::string>* keys,
                   const ScanOptions& options) {
  for (const std::string& key : *keys) {
    if (options.type) {
      KV_ASSIGN(const auto info, data.stat(key));
      if (!info || !same_word(*options.type, type_name(info->type))) continue;
    }
    list.add_anyway(key);
  }
  keys->clear();
  return Status(list.status());
}

// In a transaction, whose own writes have no cursors: all keys at once.
Status scan_all(KeyList& list, Data& data, const ScanOptions& options) {
  KV_TRY(Glob::check(options.glob));
  const Glob glob(options.glob);
  std::vector<std::string> matches;
  Status status;
  KV_TRY(data.scan(glob_prefix(options.glob), [&](std::string_view key) {
    if (!glob.matches(key)) return true;
    matches.emplace_back(key);
    status = matches.size() < kScanStep ? Status() : add_of_type(list, data, &matches, options);
    return status.has_value();
  }));
  KV_TRY(std::move(status));
  return add_of_type(list, data, &matches, options);
}

// Continues from `cursor` until enough keys were looked at, and returns the new cursor.
Result<std::uint64_t> scan_into(KeyList& list, Data& data, std::uint64_t cursor,
                                const ScanOptions& options) {
  KV_TRY(Glob::check(options.glob));
  const Glob glob(options.glob);
  std::uint64_t looked_at = 0;
  std::vector<std::string> matches;
  do {
    const std::uint64_t step = std::min(step_length(cursor, options.count) - looked_at, kScanStep);
    KV_ASSIGN(cursor, data.scan_step(cursor, step, [&](std::string_view key) {
      if (glob.matches(key)) matches.emplace_back(key);
    }));
    KV_TRY(add_of_type(list, data, &matches, options));
    looked_at += step;
  } while (cursor != 0 && looked_at < step_length(cursor, options.count) &&
           !list.is_nearly_full(kScanStep));
  return cursor;
}

// --- RANDOMKEY

// Picks one of this many keys after a random place; with fewer keys in all, each with equal chance.
constexpr std::uint64_t kRandomKeys = 64;

// Adds at most `limit` keys, in order or backwards.
Status add_keys(const Moment& now, IteratorOptions options, bool backwards, std::uint64_t limit,
                std::vector<std::string>* keys) {
  options.keys_only = true;
  return now.walk(options, backwards, limit, [&](std::string_view key) {
    keys->emplace_back(key);
    return true;
  });
}

// A random byte string between two keys.
std::string between(const std::string& first, const std::string& last) {
  std::size_t same = 0;
  while (same < first.size() && same < last.size() && first[same] == last[same]) ++same;
  const unsigned low = same < first.size() ? static_cast<unsigned char>(first[same]) : 0;
  const unsigned high = same < last.size() ? static_cast<unsigned char>(last[same]) : 0;
  std::uint64_t bits = random_bits();
  std::string text = first.substr(0, same);
  text += static_cast<char>(low + bits % (high - low + 1));
  for (int i = 0; i < 6; ++i) text += static_cast<char>(bits >>= 8);
  return text;
}

}  // namespace

Outcome remove_one(Call& call) {
  KV_ASSIGN(const bool existed, call.data().remove(call.args[1]));
  if (existed)
    call.reply.ok();
  else
    call.reply.missing();
  return {};
}

Outcome remove_all(Call& call) {
  KV_TRY(call.session.take_memory(call.args.size() * kRemoveMemory));
  KV_ASSIGN(const std::uint64_t existed, call.data().remove_all(call.args.subspan(1)));
  call.reply.integer(static_cast<std::int64_t>(existed));
  return {};
}

Outcome flush_all(Call& call) {
  const bool is_plain = call.args.size() == 1;
  const bool is_known = call.args.size() == 2 &&
                        (same_word(call.args[1], "ASYNC") || same_word(call.args[1], "SYNC"));
  if (!is_plain && !is_known) return fail(unknown_option(call.row, call.args[1]));
  KV_TRY(call.data().clear());
  call.reply.ok();
  return {};
}

Outcome exists(Call& call) {
  std::int64_t count = 0;
  KV_TRY(call.data().stat_each(call.args.subspan(1), [&](const std::optional<KeyInfo>& info) {
    count += info.has_value();
    return true;
  }));
  call.reply.integer(count);
  return {};
}

Outcome keys(Call& call) {
  Listing all;
  all.glob = call.args.size() > 1 ? call.args[1] : "*";
  all.options.prefix = glob_prefix(all.glob);
  return list_keys(call, std::move(all));
}

Outcome scan(Call& call) {
  const auto start = parse_scan_cursor(call.args[1]);
  if (!start) return fail(bad_cursor(call.args[1]));
  KV_ASSIGN(const ScanOptions options, take_scan_options(call));
  KeyList list(call.session);
  std::uint64_t cursor = 0;
  if (call.data().in_transaction() && *start == 0) {
    KV_TRY(scan_all(list, call.data(), options));
  } else {
    KV_ASSIGN(cursor, scan_into(list, call.data(), *start, options));
  }
  call.reply.begin(Aggregate::kArray, 2);
  call.reply.value(std::to_string(cursor));
  list.write(call.reply);
  call.reply.end();
  return {};
}

Outcome random_key(Call& call) {
  KV_ASSIGN(const Moment now, call.data().moment());
  std::vector<std::string> keys;
  KV_TRY(add_keys(now, {}, false, 1, &keys));
  KV_TRY(add_keys(now, {}, true, 1, &keys));
  if (keys.size() < 2) {
    call.reply.missing();
    return {};
  }
  IteratorOptions behind, before;
  behind.lower = before.upper = between(keys[0], keys[1]);
  keys.clear();
  KV_TRY(add_keys(now, behind, false, kRandomKeys, &keys));
  KV_TRY(add_keys(now, before, false, kRandomKeys - keys.size(), &keys));
  if (keys.empty())
    call.reply.missing();
  else
    call.reply.value(keys[random_bits() % keys.size()]);
  return {};
}

Outcome count(Call& call) {
  std::uint64_t count = 0;
  if (call.args.size() == 1) {
    KV_ASSIGN(count, call.data().count());
  } else {
    KV_TRY(Glob::check(call.args[1]));
    const Glob glob(call.args[1]);
    KV_TRY(call.data().scan(glob_prefix(call.args[1]), [&](std::string_view key) {
      count += glob.matches(key);
      return true;
    }));
  }
  call.reply.integer(static_cast<std::int64_t>(count));
  return {};
}

Outcome type(Call& call) {
  KV_ASSIGN(const auto info, call.data().stat(call.args[1]));
  call.reply.status(type_name(info ? info->type : ValueType::kNone));
  return {};
}

}  // namespace kvstore::command::handlers
