// SLOWLOG, MONITOR, MEMORY, OBJECT, DEBUG, SHUTDOWN: commands of Redis' clients and tools about the
// server itself.
#include "src/command/rows/server.h"

#include <malloc.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <string>
#include <thread>

#include <fmt/core.h>

#include "src/base/cancel.h"
#include "src/command/call.h"
#include "src/command/client_names.h"
#include "src/command/errors.h"
#include "src/command/listpack.h"
#include "src/command/moment.h"
#include "src/command/numbers.h"
#include "src/command/quote.h"
#include "src/command/words.h"
#include "src/store/store.h"

namespace kvstore::command::handlers {
namespace {

void reply_count(const Call& call, std::uint64_t count) {
  call.reply.integer(static_cast<std::int64_t>(count));
}

void write_entry(const SlowLog::Entry& entry, ReplySink& to) {
  to.begin(Aggregate::kArray, 6);
  to.integer(static_cast<std::int64_t>(entry.id));
  to.integer(static_cast<std::int64_t>(entry.time_s));
  to.integer(static_cast<std::int64_t>(entry.took_us));
  to.begin(Aggregate::kArray, entry.words.size());
  for (const std::string& word : entry.words) to.value(word);
  to.end();
  to.value(entry.address);
  to.value(entry.client_name);
  to.end();
}

// The state of a key; nullopt after a reply of NIL.
Checked<std::optional<KeyInfo>> info_or_nil(Call& call) {
  KV_ASSIGN(const auto info, call.data().stat(call.args[2]));
  if (!info) call.reply.missing();
  return info;
}

// The limit of Redis' small string encoding.
constexpr std::uint64_t kLongestEmbedded = 44;

Checked<std::string_view> encoding_of_set(const Call& call, const Moment& now) {
  KV_ASSIGN(const auto set, now.sorted_set(call.args[2]));
  return set && fits_listpack(call, *set) ? "listpack" : "skiplist";
}

// Redis stores a string that was appended to as "raw", but not one that an APPEND has created.
Checked<bool> was_appended_to(const Moment& now, std::string_view key) {
  constexpr std::uint64_t kLookedAt = 16;  // a new expiry is a version, too
  bool is_append = false, was_there = false;
  KV_TRY(now.history(key, kLookedAt, [&](const Version& version) {
    using Kind = Version::Kind;
    if (is_append) was_there = version.kind != Kind::kDelete && version.kind != Kind::kClear;
    if (is_append) return false;
    is_append = version.kind == Kind::kAppend;
    return is_append || version.kind == Kind::kExpire;
  }));
  return was_there;
}

Checked<std::string_view> encoding_of(const Call& call, const Moment& now, const KeyInfo& info) {
  if (info.type == ValueType::kZset) return encoding_of_set(call, now);
  if (info.size > kLongestEmbedded) return "raw";
  KV_ASSIGN(const bool was_appended, was_appended_to(now, call.args[2]));
  if (was_appended) return "raw";
  if (info.size > kLongestInteger) return "embstr";
  std::string value;
  KV_TRY(now.get(call.args[2], &value));
  return parse_protocol_count(value) ? "int" : "embstr";
}

}  // namespace

// --- SLOWLOG

Outcome slow_log_get(Call& call) {
  std::int64_t count = 10;
  if (call.args.size() > 2) {
    const auto given = parse_integer(call.args[2]);
    if (!given || *given < -1) {
      Failure failure = bad_number(call.args[2], "a count, or -1 for all", "SLOWLOG GET 10");
      failure.redis = "ERR count should be greater than or equal to -1";
      return fail(std::move(failure));
    }
    count = *given;
  }
  ServerControl* const control = call.session.server_control();
  if (control == nullptr) {
    call.reply.empty(Aggregate::kArray);
    return {};
  }
  const auto entries =
      control->slow_log().newest(count < 0 ? UINT64_MAX : static_cast<std::uint64_t>(count));
  call.reply.begin(Aggregate::kArray, entries.size());
  for (const SlowLog::Entry& entry : entries) write_entry(entry, call.reply);
  call.reply.end();
  return {};
}

Outcome slow_log_length(Call& call) {
  ServerControl* const control = call.session.server_control();
  reply_count(call, control ? control->slow_log().size() : 0);
  return {};
}

Outcome slow_log_reset(Call& call) {
  if (ServerControl* const control = call.session.server_control()) control->slow_log().clear();
  call.reply.ok();
  return {};
}

// --- MONITOR

Outcome monitor(Call& call) {
  KV_ASSIGN(ServerControl * control, needs_server(call));
  call.session.card().monitors.store(true);
  control->monitor(call.session.id(), true);
  call.reply.ok();
  return {};
}

// --- MEMORY

// Adds the size of a record's header.
Outcome memory_usage(Call& call) {
  constexpr std::uint64_t kHeader = 48, kUnit = 8;
  for (std::size_t i = 3; i < call.args.size(); i += 2) {
    const bool is_count = same_word(call.args[i], "SAMPLES") && i + 1 < call.args.size();
    if (!is_count) return fail(unknown_option(call.row, call.args[i]));
    const auto samples = parse_integer(call.args[i + 1]);
    if (!samples || *samples < 0) {
      Failure failure = bad_number(call.args[i + 1], "a count", "MEMORY USAGE key");
      if (samples) failure.redis = "ERR syntax error";
      return fail(std::move(failure));
    }
  }
  KV_ASSIGN(const auto info, info_or_nil(call));
  if (!info) return {};
  const std::uint64_t bytes = kHeader + call.args[2].size() + info->size;
  reply_count(call, (bytes + kUnit - 1) / kUnit * kUnit);
  return {};
}

Outcome memory_doctor(Call& call) {
  call.reply.text(
      "Values are in the file; STATS Memory says what the index takes, and --memory "
      "bounds it.\n");
  return {};
}

Outcome memory_malloc_stats(Call& call) {
  call.reply.text("Stats not supported for the current allocator");
  return {};
}

Outcome memory_stats(Call& call) {
  const Stats stats = call.store().stats();
  const ServerFacts facts = call.session.server_facts().value_or(ServerFacts{});
  const std::pair<std::string_view, std::uint64_t> fields[] = {
      {"total.allocated", stats.index_bytes + facts.buffered_bytes},
      {"clients.normal", facts.buffered_bytes},
      {"keys.count", stats.keys},
      {"dataset.bytes", stats.file_size},
      {"overhead.total", stats.index_bytes},
  };
  call.reply.begin(Aggregate::kMap, 2 * std::size(fields));
  for (const auto& [name, value] : fields) {
    call.reply.value(name);
    reply_count(call, value);
  }
  call.reply.end();
  return {};
}

Outcome memory_purge(Call& call) {
  ::malloc_trim(0);
  call.reply.ok();
  return {};
}

// --- OBJECT

Outcome object_encoding(Call& call) {
  KV_ASSIGN(const Moment now, call.data().moment());
  KV_ASSIGN(const auto info, now.stat(call.args[2]));
  if (!info) {
    call.reply.missing();
    return {};
  }
  KV_ASSIGN(const std::string_view encoding, encoding_of(call, now, *info));
  call.reply.value(encoding);
  return {};
}

Outcome object_references(Call& call) {
  KV_ASSIGN(const auto info, info_or_nil(call));
  if (info) call.reply.integer(1);
  return {};
}

Outcome object_idle_time(Call& call) {
  KV_ASSIGN(const auto info, info_or_nil(call));
  if (!info) return {};
  const std::uint64_t now_us = call.store().now_us();
  reply_count(call, (now_us - std::min(now_us, info->time_us)) / 1'000'000);
  return {};
}

Outcome object_frequency(Call& call) {
  KV_ASSIGN(const auto info, info_or_nil(call));
  if (!info) return {};
  return fail(Failure(
      Code::kState, "how often keys are read is not noted", "OBJECT IDLETIME key",
      "ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that "
      "when switching between policies at runtime LRU and LFU data will take some time to "
      "adjust."));
}

// --- DEBUG, SHUTDOWN

Outcome debug_sleep(Call& call) {
  char* end = nullptr;
  const std::string word(call.args[2]);
  const double seconds = std::strtod(word.c_str(), &end);
  if (word.empty() || *end != '\0' || !(seconds >= 0 && seconds <= 86'400)) {
    return fail(bad_number(call.args[2], "a number of seconds", "DEBUG SLEEP 0.5"));
  }
  using Clock = std::chrono::steady_clock;
  // Not in EXEC: other writers would wait for it.
  const bool sleeps = !call.session.executes_queue();
  const auto until = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                        std::chrono::duration<double>(seconds));
  if (sleeps) call.session.step_aside();
  while (sleeps && Clock::now() < until && !is_cancelled()) {
    std::this_thread::sleep_for(
        std::min<Clock::duration>(until - Clock::now(), std::chrono::milliseconds(20)));
  }
  call.reply.ok();
  return {};
}

// Redis reloads its data from the disk; here reads always use the file.
Outcome debug_reload(Call& call) {
  KV_TRY(call.store().sync());
  call.reply.ok();
  return {};
}

Outcome shutdown(Call& call) {
  constexpr std::string_view kWords[] = {"NOSAVE", "SAVE", "NOW", "FORCE"};
  std::string_view saving;  // SAVE or NOSAVE, but not both
  for (const std::string_view word : call.args.subspan(1)) {
    const auto is_word = [word](std::string_view one) { return same_word(word, one); };
    const auto found = std::find_if(std::begin(kWords), std::end(kWords), is_word);
    if (found == std::end(kWords)) return fail(unknown_option(call.row, word));
    if (!found->ends_with("SAVE")) continue;
    if (!saving.empty() && saving != *found) return fail(unknown_option(call.row, word));
    saving = *found;
  }
  KV_ASSIGN(ServerControl * control, needs_server(call));
  call.session.exit();
  call.session.skip_reply();
  call.reply.ok();
  control->request_stop();
  return {};
}

}  // namespace kvstore::command::handlers
