// EXPIRE, PEXPIRE, EXPIREAT, PEXPIREAT, TTL, PTTL, EXPIRETIME, PEXPIRETIME, PERSIST.
#include "src/command/rows/expiry.h"

#include <cstdint>
#include <string>

#include <fmt/core.h>

#include "src/command/call.h"
#include "src/command/edit.h"
#include "src/command/errors.h"
#include "src/command/expiry.h"
#include "src/command/quote.h"
#include "src/command/words.h"

namespace kvstore::command::handlers {
namespace {

struct Conditions {
  bool nx = false, xx = false, gt = false, lt = false;

  // Whether the new expiry may replace the old one; 0: none.
  bool allow(std::uint64_t old_ms, std::uint64_t new_ms) const {
    if (nx && old_ms != 0) return false;
    if (xx && old_ms == 0) return false;
    if (gt && (old_ms == 0 || new_ms <= old_ms)) return false;
    return !lt || old_ms == 0 || new_ms < old_ms;
  }
};

Failure excluded(std::string message, const char* redis) {
  return {Code::kSyntax, std::move(message), "EXPIRE key 60 XX GT", redis};
}

Checked<Conditions> take_conditions(const Call& call) {
  Conditions all;
  for (const std::string_view word : call.args.subspan(3)) {
    bool* const one = same_word(word, "NX")   ? &all.nx
                      : same_word(word, "XX") ? &all.xx
                      : same_word(word, "GT") ? &all.gt
                      : same_word(word, "LT") ? &all.lt
                                              : nullptr;
    if (one == nullptr) {
      Failure failure = unknown_option(call.row, word);
      failure.redis = fmt::format("ERR Unsupported option {}", word.substr(0, 128));
      return fail(std::move(failure));
    }
    *one = true;
  }
  if (all.nx && (all.xx || all.gt || all.lt)) {
    return fail(excluded("NX excludes XX, GT and LT",
                         "ERR NX and XX, GT or LT options at the same time are not compatible"));
  }
  if (all.gt && all.lt) {
    return fail(excluded("GT and LT exclude each other",
                         "ERR GT and LT options at the same time are not compatible"));
  }
  return all;
}

// A time in the past removes the key.
Outcome expire_when(Call& call, ExpiryUnit unit) {
  const std::string_view key = call.args[1];
  KV_ASSIGN(const Conditions conditions, take_conditions(call));
  KV_ASSIGN(const std::uint64_t at_ms, take_any_expiry(call, call.args[2], unit));
  KV_ASSIGN(const auto seen, call.data().stat(key));
  bool is_done = false;
  if (seen) {
    const std::uint64_t now_ms = call.store().now_us() / 1000;
    const Status done = call.data().update([&](Edit& data) -> Status {
      KV_ASSIGN(const auto info, data.stat(key));
      is_done = info && conditions.allow(info->expires_at_ms, at_ms);
      if (!is_done) return {};
      return at_ms <= now_ms ? data.remove(key) : data.expire(key, at_ms);
    });
    if (!done) return fail(done.error());
  }
  call.reply.integer(is_done ? 1 : 0);
  return {};
}

constexpr std::int64_t kNever = -1, kMissing = -2;

// Replies with `number` of the expiry.
template <class Number>
Outcome reply_expiry(Call& call, Number number) {
  KV_ASSIGN(const auto info, call.data().stat(call.args[1]));
  call.reply.integer(!info ? kMissing
                     : info->expires_at_ms == 0
                         ? kNever
                         : number(static_cast<std::int64_t>(info->expires_at_ms)));
  return {};
}

std::int64_t in_seconds(std::int64_t ms) { return (ms + 500) / 1000; }

std::int64_t left_of(const Call& call, std::int64_t expires_at_ms) {
  const auto now_ms = static_cast<std::int64_t>(call.store().now_us() / 1000);
  return std::max<std::int64_t>(expires_at_ms - now_ms, 0);
}

}  // namespace

Outcome expire(Call& call) { return expire_when(call, {true, true}); }
Outcome expire_ms(Call& call) { return expire_when(call, {false, true}); }
Outcome expire_at(Call& call) { return expire_when(call, {true, false}); }
Outcome expire_at_ms(Call& call) { return expire_when(call, {false, false}); }

Outcome ttl(Call& call) {
  return reply_expiry(call, [&](std::int64_t at) { return in_seconds(left_of(call, at)); });
}

Outcome ttl_ms(Call& call) {
  return reply_expiry(call, [&](std::int64_t at) { return left_of(call, at); });
}

Outcome expire_time(Call& call) {
  return reply_expiry(call, [](std::int64_t at) { return in_seconds(at); });
}

Outcome expire_time_ms(Call& call) {
  return reply_expiry(call, [](std::int64_t at) { return at; });
}

Outcome persist(Call& call) {
  const std::string_view key = call.args[1];
  KV_ASSIGN(const auto seen, call.data().stat(key));
  bool is_done = false;
  if (seen && seen->expires_at_ms != 0) {
    const Status done = call.data().update([&](Edit& data) -> Status {
      KV_ASSIGN(const auto info, data.stat(key));
      is_done = info && info->expires_at_ms != 0;
      return is_done ? data.expire(key, 0) : Status{};
    });
    if (!done) return fail(done.error());
  }
  call.reply.integer(is_done ? 1 : 0);
  return {};
}

}  // namespace kvstore::command::handlers
