// INCR and related commands, MGET, MSET, MSETNX, SETNX, SETEX, PSETEX, GETSET, GETEX, GETDEL,
// GETRANGE, SETRANGE: Redis' commands on strings.
#include "src/command/rows/strings.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <iterator>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "src/command/call.h"
#include "src/command/edit.h"
#include "src/command/errors.h"
#include "src/command/expiry.h"
#include "src/command/numbers.h"
#include "src/command/quote.h"
#include "src/command/value_part.h"
#include "src/command/words.h"
#include "src/store/store.h"

namespace kvstore::command::handlers {
namespace {

// --- Numbers

constexpr std::size_t kLongestFloat = 5120;  // more digits than any number has

Failure no_integer(std::string_view key) {
  return {Code::kType, fmt::format("the value of {} is not an integer", quote(key)),
          "GET it, or SET it to a number", "ERR value is not an integer or out of range"};
}

Failure overflow(std::string_view key) {
  return {Code::kNumber,
          fmt::format("the sum would not fit into 64 bits: {} stays as it is", quote(key)),
          {},
          "ERR increment or decrement would overflow"};
}

Checked<std::int64_t> integer_of(std::string_view key, const Present& present) {
  if (!present.is_there) return 0;
  const auto number = parse_protocol_count(present.value);
  if (!number) return fail(no_integer(key));
  return *number;
}

// A value that is longer than any number is not read.
Checked<Present> read_number(const Call& call, Edit& data, std::size_t longest) {
  KV_ASSIGN(const auto info, data.stat(call.args[1]));
  KV_TRY(check_string(call.args[1], info));
  if (info && info->size > longest) {
    return Present{.is_there = true, .expires_at_ms = info->expires_at_ms, .value = "too long"};
  }
  return read_for_edit(call, data, call.args[1], info);
}

Outcome add(Call& call, std::int64_t by) {
  const std::string_view key = call.args[1];
  std::int64_t sum = 0;
  Outcome done = edit(call, [&](Edit& data) -> Outcome {
    KV_ASSIGN(const Present present, read_number(call, data, kLongestInteger));
    KV_ASSIGN(const std::int64_t number, integer_of(key, present));
    if (__builtin_add_overflow(number, by, &sum)) return fail(overflow(key));
    KV_TRY(data.change(key, std::to_string(sum), present.expires_at_ms, key_event::kIncrBy));
    return {};
  });
  if (!done) return done;
  call.reply.integer(sum);
  return {};
}

// 17 digits after the point, without trailing zeros.
std::string to_text(long double number) {
  char digits[kLongestFloat];
  const auto end =
      std::to_chars(std::begin(digits), std::end(digits), number, std::chars_format::fixed, 17);
  std::string text(std::begin(digits), end.ptr);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text == "-0" ? "0" : text;
}

Failure no_float(std::string_view what) {
  return {Code::kType, fmt::format("{} is not a number", what), "INCRBYFLOAT key 0.5",
          "ERR value is not a valid float"};
}

// --- MSET

Failure odd_pairs(const Call& call) {
  Failure failure = wrong_arity(call.row, call.args);
  failure.redis =
      fmt::format("ERR wrong number of arguments for '{}' command", lower(call.row.name));
  return failure;
}

Outcome check_pairs(const Call& call) {
  if (call.args.size() % 2 == 0) return fail(odd_pairs(call));
  std::size_t bytes = 0;
  for (const std::string_view word : call.args) bytes += word.size();
  KV_TRY(call.session.take_memory(bytes));
  return {};
}

constexpr std::size_t kAhead = 16;

// Prefetches for the keys of the next pairs together, because they are far apart in memory.
void look_ahead(const Call& call, std::size_t from) {
  std::array<std::string_view, kAhead> keys;
  std::size_t count = 0;
  for (std::size_t i = from; i < call.args.size() && count < kAhead; i += 2) {
    keys[count++] = call.args[i];
  }
  call.store().prefetch({keys.data(), count});
}

Status set_pairs(const Call& call, Edit& data) {
  for (std::size_t i = 1; i < call.args.size(); i += 2) {
    if (i / 2 % kAhead == 0) look_ahead(call, i);
    KV_TRY(data.set(call.args[i], call.args[i + 1], 0));
  }
  return {};
}

Checked<bool> has_any(const Call& call, Edit& data) {
  for (std::size_t i = 1; i < call.args.size(); i += 2) {
    KV_ASSIGN(const auto info, data.stat(call.args[i]));
    if (info) return true;
  }
  return false;
}

// --- Single keys

void reply_old(const Call& call, const Present& old) {
  if (old.is_there)
    call.reply.value(old.value);
  else
    call.reply.missing();
}

// Replies with the value and applies `change` to the key. If the key is missing nothing is written,
// and no file is made.
Outcome get_and(Call& call, FunctionRef<Status(Edit&, const Present&)> change) {
  KV_ASSIGN(const auto info, call.data().stat(call.args[1]));
  Present old;
  if (info) {
    Outcome done = edit(call, [&](Edit& data) -> Outcome {
      KV_ASSIGN(old, read_for_edit(call, data, call.args[1]));
      if (old.is_there) KV_TRY(change(data, old));
      return {};
    });
    if (!done) return done;
  }
  call.data().answers(call.args[1], old.is_there);
  reply_old(call, old);
  return {};
}

Outcome set_until(Call& call, ExpiryUnit unit) {
  WriteOptions options;
  const std::string example =
      fmt::format("{} key {} value", call.row.name, unit.in_seconds ? "60" : "60000");
  KV_ASSIGN(options.expires_at_ms, take_expiry(call, call.args[2], unit, example));
  KV_TRY(call.data().set(call.args[1], call.args[3], options));
  call.reply.ok();
  return {};
}

// --- GETRANGE, SETRANGE

Checked<std::int64_t> take_integer(const Call& call, std::size_t at) {
  const auto number = parse_protocol_count(call.args[at]);
  if (number) return *number;
  return fail(bad_number(call.args[at], "a whole number", usage(call.row)));
}

// Replies with the available part of the range; `begin` is at least 0.
Outcome reply_range(const Call& call, std::int64_t begin, std::uint64_t length) {
  const std::string_view key = call.args[1];
  std::string& value = call.session.scratch();
  const auto found = call.data().read(key, begin, length, &value, {});
  if (!found && found.error().code == Code::kType) {
    KV_ASSIGN(const auto info, call.data().stat(key));
    KV_TRY(check_string(key, info));
  }
  if (!found) return fail(found.error());
  call.reply.value(value);
  return {};
}

Failure too_long(std::uint64_t size) {
  return {Code::kTooBig,
          fmt::format("the value would have {} bytes; the limit is {}", size, kMaxValueSize),
          "APPEND to it in parts", "ERR string exceeds maximum allowed size (proto-max-bulk-len)"};
}

}  // namespace

Outcome increment(Call& call) { return add(call, 1); }
Outcome decrement(Call& call) { return add(call, -1); }

Outcome increment_by(Call& call) {
  KV_ASSIGN(const std::int64_t by, take_integer(call, 2));
  return add(call, by);
}

Outcome decrement_by(Call& call) {
  KV_ASSIGN(const std::int64_t by, take_integer(call, 2));
  if (by != INT64_MIN) return add(call, -by);
  return fail(Failure(Code::kNumber, "so much cannot be taken away at once", {},
                      "ERR decrement would overflow"));
}

Outcome increment_by_float(Call& call) {
  // Redis checks the key before it parses the number.
  KV_ASSIGN(const auto info, call.data().stat(call.args[1]));
  KV_TRY(check_string(call.args[1], info));
  const auto by = parse_long_real(call.args[2]);
  if (!by) return fail(no_float(quote(call.args[2])));
  std::string sum;
  Outcome done = edit(call, [&](Edit& data) -> Outcome {
    KV_ASSIGN(const Present present, read_number(call, data, kLongestFloat));
    const auto number = present.is_there ? parse_long_real(present.value) : 0.0L;
    if (!number) return fail(no_float(fmt::format("the value of {}", quote(call.args[1]))));
    if (!std::isfinite(*number + *by)) {
      return fail(Failure(Code::kNumber, "the sum would not be a finite number", {},
                          "ERR increment would produce NaN or Infinity"));
    }
    sum = to_text(*number + *by);
    KV_TRY(data.change(call.args[1], sum, present.expires_at_ms, key_event::kIncrByFloat));
    return {};
  });
  if (!done) return done;
  call.reply.value(sum);
  return {};
}

Outcome get_many(Call& call) {
  const Args keys = call.args.subspan(1);
  KV_ASSIGN(const Moment now, call.data().moment());
  call.reply.begin(Aggregate::kArray, keys.size());
  std::string value;
  for (const std::string_view key : keys) {
    const auto found = now.get(key, &value);
    // A value that is not a string counts as missing.
    if (!found && found.error().code != Code::kType) return fail(found.error());
    if (found && *found) {
      KV_TRY(call.session.take_memory(2 * value.size()));
      call.reply.value(value);
    } else {
      call.reply.missing();
    }
  }
  call.reply.end();
  return {};
}

Outcome set_many(Call& call) {
  KV_TRY(check_pairs(call));
  KV_TRY(call.data().update([&](Edit& data) { return set_pairs(call, data); }));
  call.reply.ok();
  return {};
}

Outcome set_many_if_absent(Call& call) {
  KV_TRY(check_pairs(call));
  bool is_set = false;
  Outcome done = edit(call, [&](Edit& data) -> Outcome {
    KV_ASSIGN(const bool has, has_any(call, data));
    if (has) return {};
    is_set = true;
    KV_TRY(set_pairs(call, data));
    return {};
  });
  if (!done) return done;
  call.reply.integer(is_set ? 1 : 0);
  return {};
}

Outcome set_if_absent(Call& call) {
  const auto written =
      call.data().set(call.args[1], call.args[2], WriteOptions{.only_if_absent = true});
  if (!written && written.error().code != Code::kExists) return fail(written.error());
  call.reply.integer(written ? 1 : 0);
  return {};
}

Outcome set_for_seconds(Call& call) { return set_until(call, {true, true}); }
Outcome set_for_milliseconds(Call& call) { return set_until(call, {false, true}); }

Outcome get_and_set(Call& call) {
  Present old;
  Outcome done = edit(call, [&](Edit& data) -> Outcome {
    KV_ASSIGN(old, read_for_edit(call, data, call.args[1]));
    call.data().answers(call.args[1], old.is_there);
    KV_TRY(data.set(call.args[1], call.args[2], 0));
    return {};
  });
  if (!done) return done;
  reply_old(call, old);
  return {};
}

Outcome get_and_expire(Call& call) {
  const Args args = call.args;
  const ExpiryOption* option = nullptr;
  std::size_t option_at = 0;
  bool persists = false;
  // If an option is repeated the last one counts, as in Redis.
  for (std::size_t i = 2; i < args.size(); ++i) {
    const ExpiryOption* const found = find_expiry_option(args[i]);
    const bool is_persist = same_word(args[i], "PERSIST");
    const bool excludes = is_persist ? option != nullptr : persists || (option && option != found);
    if ((!found && !is_persist) || excludes) return fail(unknown_option(call.row, args[i]));
    persists |= is_persist;
    if (found == nullptr) continue;
    option = found;
    option_at = i++;
  }
  std::optional<std::uint64_t> expires_at_ms;
  if (persists) expires_at_ms = 0;
  // Redis parses the number only if the key exists.
  KV_ASSIGN(const auto info, call.data().stat(args[1]));
  const bool lacks_number = option != nullptr && option_at + 1 == args.size();
  if (!lacks_number) KV_TRY(check_string(args[1], info));
  if (option && (info || lacks_number)) {
    KV_ASSIGN(expires_at_ms, take_expiry_option(call, option_at, *option, "GETEX key"));
  }
  // Even if the key exists by now: the number was not parsed.
  if (!info) {
    call.data().answers(args[1], false);
    call.reply.missing();
    return {};
  }
  const std::uint64_t now_ms = call.store().now_us() / 1000;
  return get_and(call, [&](Edit& data, const Present& old) -> Status {
    if (!expires_at_ms || (*expires_at_ms == 0 && old.expires_at_ms == 0)) return {};
    const bool has_passed = *expires_at_ms != 0 && *expires_at_ms <= now_ms;
    return has_passed ? data.remove(args[1]) : data.expire(args[1], *expires_at_ms);
  });
}

Outcome get_and_remove(Call& call) {
  return get_and(call, [&](Edit& data, const Present&) { return data.remove(call.args[1]); });
}

// Both ends are included; negative ones count from the end of the value, which needs its length.
Outcome get_range(Call& call) {
  KV_ASSIGN(const std::int64_t first, take_integer(call, 2));
  KV_ASSIGN(const std::int64_t last, take_integer(call, 3));
  if (first >= 0 && last >= first) {
    const std::uint64_t length = static_cast<std::uint64_t>(last - first) + 1;
    if (length <= call.session.stream_above()) return reply_range(call, first, length);
  }
  KV_ASSIGN(const Moment now, call.data().moment());
  KV_ASSIGN(const auto info, now.stat(call.args[1]));
  KV_TRY(check_string(call.args[1], info));
  const auto size = info ? static_cast<std::int64_t>(info->size) : 0;
  const std::int64_t begin = std::max<std::int64_t>(first < 0 ? first + size : first, 0);
  const std::int64_t end =
      std::min(std::max<std::int64_t>(last < 0 ? last + size : last, 0), size - 1) + 1;
  const bool is_backwards = first < 0 && last < 0 && first > last;
  if (begin >= end || is_backwards) {
    call.reply.value({});
    return {};
  }
  const auto length = static_cast<std::uint64_t>(end - begin);
  return reply_part(call, now, {.key = call.args[1], .offset = begin, .length = length, .at = {}});
}

Outcome set_range(Call& call) {
  KV_ASSIGN(const std::int64_t offset, take_integer(call, 2));
  if (offset < 0) {
    Failure failure = bad_number(call.args[2], "an offset of 0 or more", usage(call.row));
    failure.redis = "ERR offset is out of range";
    return fail(std::move(failure));
  }
  KV_ASSIGN(const auto info, call.data().stat(call.args[1]));
  KV_TRY(check_string(call.args[1], info));
  const std::string_view patch = call.args[3];
  const std::uint64_t end = static_cast<std::uint64_t>(offset) + patch.size();
  if (!patch.empty() && end > kMaxValueSize) return fail(too_long(end));
  if (patch.empty()) return strlen(call);
  std::uint64_t size = 0;
  Outcome done = edit_bytes(call, end, key_event::kSetRange, [&](std::span<char> bytes) {
    std::copy(patch.begin(), patch.end(), bytes.begin() + offset);
    size = bytes.size();
    return true;
  });
  if (!done) return done;
  call.reply.integer(static_cast<std::int64_t>(size));
  return {};
}

}  // namespace kvstore::command::handlers
