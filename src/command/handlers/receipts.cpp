// FLUSHDISK, SYNC, SYNCED, WAITAOF, SAVE: durability of writes.
#include "src/command/rows/receipts.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>

#include <fmt/core.h>

#include "src/base/clock.h"
#include "src/command/call.h"
#include "src/command/errors.h"
#include "src/command/handlers/last_save.h"
#include "src/command/numbers.h"
#include "src/command/words.h"
#include "src/store/store.h"

namespace kvstore::command::handlers {
namespace {

using std::chrono::milliseconds;

// Syncs are not notified, so poll.
constexpr milliseconds kLookAgain{1};

// A replica, or a tool that acts as one, would wait for a stream of data that is never sent.
Failure replication() {
  return {Code::kUnknown, "SYNC is Redis' replication here, which is not supported",
          "FLUSHDISK, to wait until everything written is on the disk",
          "ERR SYNC: replication is not supported; FLUSHDISK waits until everything written is on "
          "the disk"};
}

std::atomic<std::uint64_t> saved_s{now_us() / 1'000'000};

void reply_seq(const Call& call, std::uint64_t seq) {
  call.reply.integer(static_cast<std::int64_t>(seq));
}

// True if the version is on the disk, or the time is over. Otherwise the command waits.
bool has_ended(const Call& call, std::uint64_t seq, std::optional<milliseconds> limit) {
  if (call.store().durable_seq() >= seq) return true;
  return !call.session.wait_for({.limit = limit, .poll = kLookAgain});
}

Outcome check_wait_aof(Args args) {
  const auto local = parse_protocol_count(args[1]);
  if (!local || *local < 0 || *local > 1) {
    Failure failure = bad_number(args[1], "0 or 1", "WAITAOF 1 0 1000");
    failure.redis = "ERR value is out of range, value must between 0 and 1";
    return fail(std::move(failure));
  }
  const auto replicas = parse_protocol_count(args[2]);
  if (!replicas || *replicas < 0) {
    Failure failure = bad_number(args[2], "a number of replicas", "WAITAOF 1 0 1000");
    failure.redis = "ERR value is out of range, must be positive";
    return fail(std::move(failure));
  }
  const auto timeout = parse_protocol_count(args[3]);
  if (!timeout || *timeout < 0) {
    return fail(bad_timeout_ms(args[3], timeout.has_value(), "WAITAOF 1 0 1000"));
  }
  return {};
}

}  // namespace

Outcome flush_disk(Call& call) {
  KV_TRY(call.store().sync());
  call.reply.ok();
  return {};
}

Outcome sync(Call& call) {
  if (call.session.is_replica()) return fail(replication());
  if (call.args.size() == 1) {
    KV_TRY(call.store().sync());
    reply_seq(call, call.store().durable_seq());
    return {};
  }
  const bool is_on = same_word(call.args[1], "ON");
  if (!is_on && !same_word(call.args[1], "OFF"))
    return fail(unknown_option(call.row, call.args[1]));
  call.session.sync_own_writes(is_on);
  call.reply.ok();
  return {};
}

Outcome synced(Call& call) {
  constexpr std::string_view kExample = "SYNCED 1234 1000";
  const auto seq = parse_unsigned(call.args[1]);
  if (!seq) return fail(bad_number(call.args[1], "a seq", std::string(kExample)));
  const auto limit_ms = parse_unsigned(call.args[2]);
  if (!limit_ms || *limit_ms > INT64_MAX) {
    return fail(bad_number(call.args[2], "a number of milliseconds", std::string(kExample)));
  }
  if (!has_ended(call, *seq, milliseconds(static_cast<std::int64_t>(*limit_ms)))) return {};
  reply_seq(call, call.store().durable_seq());
  return {};
}

// The last write of this connection is not above the newest version at the first look; waiting for
// that version may wait for somewhat more.
Outcome wait_aof(Call& call) {
  KV_TRY(check_wait_aof(call.args));
  const std::int64_t timeout_ms = *parse_protocol_count(call.args[3]);
  const auto limit = timeout_ms == 0 ? std::optional<milliseconds>() : milliseconds(timeout_ms);
  const std::uint64_t seq = call.session.last_written();
  if (*parse_protocol_count(call.args[1]) == 1 && !has_ended(call, seq, limit)) return {};
  call.reply.begin(Aggregate::kArray, 2);
  call.reply.integer(call.store().durable_seq() >= seq ? 1 : 0);
  call.reply.integer(0);
  call.reply.end();
  return {};
}

Outcome save(Call& call) {
  if (call.args.size() > 1 && !same_word(call.args[1], "SCHEDULE"))
    return fail(unknown_option(call.row, call.args[1]));
  KV_TRY(call.store().sync());
  KV_TRY(call.store().checkpoint());
  saved_s.store(now_us() / 1'000'000);
  if (call.row.name == "BGSAVE")
    call.reply.status("Background saving started");
  else
    call.reply.ok();
  return {};
}

Outcome last_save(Call& call) {
  reply_seq(call, last_save_s());
  return {};
}

std::uint64_t last_save_s() { return saved_s.load(); }

}  // namespace kvstore::command::handlers
