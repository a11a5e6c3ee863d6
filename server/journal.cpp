#include "server/journal.h"

#include <chrono>

#include <fmt/core.h>

#include "src/base/clock.h"
#include "src/command/words.h"

namespace kvstore::server {

std::uint64_t Journal::now_us() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(now).count());
}

void Journal::begin_turn() { turn_began_us_ = clock_us_ = now_us(); }

void Journal::accepted(command::Args argv) {
  if (shared_.monitors.are_there()) [[unlikely]]
    shared_.monitors.tell(argv, address_);
}

void Journal::arrived(command::Args argv) {
  if (!shared_.log->shows(Level::kTrace)) return;
  shared_.log->trace("{}: {}", name_, log_command(argv));
}

void Journal::executed(command::Args argv, const command::Failure* failure) {
  if (failure != nullptr) note_failure(argv, failure->error);
  const std::uint64_t took_us = now_us() - clock_us_;
  clock_us_ += took_us;
  count(argv, took_us, failure);
  if (is_slow(took_us)) note_slow(took_us, log_command(argv));
  if (took_us >= shared_.slow_log.threshold_us()) [[unlikely]]
    note_slow_command(argv, took_us);
  if (shared_.latency_events.is_long(took_us)) [[unlikely]]
    note_latency(argv, took_us);
}

// The session has noted it, unless it was refused before execution.
const command::Command* Journal::row_of(command::Args argv) const {
  const auto table = command::commands();
  const command::Command* const noted = card_.command.load(std::memory_order_relaxed);
  const bool is_in_table = noted >= table.data() && noted < table.data() + table.size();
  return is_in_table && command::same_word(noted->name, argv[0]) ? noted
                                                                 : command::find_command(argv[0]);
}

// A run of the same command, such as a pipeline, is published once.
void Journal::count(command::Args argv, std::uint64_t took_us, const command::Failure* failure) {
  if (counted_ == nullptr || !command::same_word(counted_->name, argv[0])) {
    flush_counts();
    counted_ = row_of(argv);
  }
  ++counts_.calls;
  counts_.usec += took_us;
  count_time(took_us);
  if (failure == nullptr) return;
  ++counts_.failed;
  shared_.counts.add_error(*failure);
}

// Likewise a run of commands in one bucket.
void Journal::count_time(std::uint64_t took_us) {
  const std::size_t bucket = Latencies::Times::index_of(took_us);
  if (bucket != bucket_) flush_times();
  bucket_ = bucket;
  ++in_bucket_;
}

void Journal::flush_times() {
  if (counted_ != nullptr && in_bucket_ > 0) {
    shared_.latencies.add(Latencies::class_of(*counted_), bucket_, in_bucket_, stripe());
  }
  in_bucket_ = 0;
}

void Journal::flush_counts() {
  flush_times();
  if (counted_ != nullptr) {
    shared_.counts.add(*counted_, stripe(), counts_);
  }
  counted_ = nullptr;
  counts_ = {};
}

// The words of what does not exist may be a mistyped password.
bool Journal::exists(command::Args argv) {
  const command::Command* const command = command::find_command(argv[0]);
  if (command == nullptr) return false;
  return command->subcommands.empty() || argv.size() == 1 ||
         command::find_subcommand(*command, argv[1]) != nullptr;
}

void Journal::note_slow_command(command::Args argv, std::uint64_t took_us) {
  if (!exists(argv)) return;
  command::SlowLog::Entry entry;
  entry.time_s = kvstore::now_us() / 1'000'000;
  entry.took_us = took_us;
  entry.address = address_;
  entry.client_name = card_.names().client;
  shared_.slow_log.add(std::move(entry), argv);
}

void Journal::note_latency(command::Args argv, std::uint64_t took_us) {
  const command::Command* const row = row_of(argv);
  const bool is_fast = row != nullptr && row->has(command::kFast);
  shared_.latency_events.note(is_fast ? "fast-command" : "command",
                              {kvstore::now_us() / 1'000'000, took_us / 1000});
}

void Journal::note_failure(command::Args argv, const Error& error) {
  shared_.damage.note(error);
  const command::Command* known = command::find_command(argv[0]);
  if (known != nullptr && known->has(command::kWrite)) {
    note_failed_write(error);
  } else {
    shared_.failures.read_failed(error, log_command(argv));
  }
}

void Journal::note_failed_write(const Error& error) {
  shared_.failures.write_failed(error, shared_.store.last_seq().value_or(0));
}

void Journal::note_commit() {
  if (shared_.failures.is_failing()) [[unlikely]] {
    if (const auto seq = shared_.store.last_seq()) shared_.failures.commit_worked(*seq);
  }
  log_open(shared_);
}

bool Journal::is_of_note(const Status& status, std::uint64_t took_us) const {
  return !status || shared_.failures.is_failing() || is_slow(took_us) ||
         !shared_.open_logged.load(std::memory_order_relaxed);
}

void Journal::committed(const Status& status, std::uint64_t took_us, std::size_t replies) {
  if (status)
    note_commit();
  else
    note_failed_write(status.error());
  if (is_slow(took_us)) note_slow(took_us, fmt::format("the sync of {} replies", replies));
}

bool Journal::is_slow(std::uint64_t took_us) const {
  const std::uint64_t limit_us = std::uint64_t{shared_.config.slow_command_ms} * 1000;
  return limit_us != 0 && took_us >= limit_us;
}

void Journal::note_slow(std::uint64_t took_us, const std::string& what) {
  shared_.slow_commands.fetch_add(1, std::memory_order_relaxed);
  if (const auto quiet = shared_.slow_lines.admit()) {
    shared_.log->warn("{}: slow, {} ms: {}{}", name_, took_us / 1000, what, like_it(*quiet));
  }
}

void Journal::bad_protocol(const Error& error) {
  shared_.drop(Away::kProtocol);
  if (const auto quiet = shared_.refusals.admit()) {
    shared_.log->warn("{} dropped: {}{}", name_, error.message, like_it(*quiet));
  }
}

void Journal::web_request() {
  if (const auto quiet = shared_.refusals.admit()) {
    shared_.log->warn("{} dropped: a web request, perhaps forged by a page{}", name_,
                      like_it(*quiet));
  }
}

void Journal::tls_request() {
  shared_.drop(Away::kTls);
  if (const auto quiet = shared_.refusals.admit()) {
    shared_.log->warn("{} dropped: TLS on a plain port{}", name_, like_it(*quiet));
  }
}

void Journal::broken_reply(const Error& error) {
  shared_.damage.note(error);
  shared_.drop(Away::kDamage);
  shared_.log->error("{}: closed inside a reply that had begun: {} {}", name_,
                     code_name(error.code), error.message);
}

}  // namespace kvstore::server
