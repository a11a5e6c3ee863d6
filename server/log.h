// The command log: what an operator wants to know afterwards. Opens,
// recoveries, refusals, slow commands and failures; connections at debug, every
// command at trace.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/core.h>

#include "server/server.h"
#include "src/base/mutex.h"
#include "src/base/status.h"
#include "src/command/table.h"

namespace kvstore::server {

enum class Level : std::uint8_t { kTrace, kDebug, kInfo, kWarn, kError, kOff };

// Where lines go. What writes them stays out of this header: with it, each file of the
// server would take the compiler three times as long.
class Logger {
 public:
  class Writer;
  explicit Logger(std::unique_ptr<Writer> writer);
  ~Logger();
  Logger(const Logger&) = delete;
  Logger& operator=(const Logger&) = delete;

  bool shows(Level level) const { return level >= least_; }
  // A line, as fmt::format() would make it.
  template <class... Parts>
  void log(Level level, fmt::format_string<Parts...> text, Parts&&... parts) {
    if (shows(level)) write(level, text, fmt::make_format_args(parts...));
  }
  template <class... Parts>
  void trace(fmt::format_string<Parts...> text, Parts&&... parts) {
    log(Level::kTrace, text, std::forward<Parts>(parts)...);
  }
  template <class... Parts>
  void debug(fmt::format_string<Parts...> text, Parts&&... parts) {
    log(Level::kDebug, text, std::forward<Parts>(parts)...);
  }
  template <class... Parts>
  void info(fmt::format_string<Parts...> text, Parts&&... parts) {
    log(Level::kInfo, text, std::forward<Parts>(parts)...);
  }
  template <class... Parts>
  void warn(fmt::format_string<Parts...> text, Parts&&... parts) {
    log(Level::kWarn, text, std::forward<Parts>(parts)...);
  }
  template <class... Parts>
  void error(fmt::format_string<Parts...> text, Parts&&... parts) {
    log(Level::kError, text, std::forward<Parts>(parts)...);
  }

  Writer& writer() { return *writer_; }

 private:
  void write(Level level, fmt::string_view text, fmt::format_args parts);

  const std::unique_ptr<Writer> writer_;
  const Level least_;
};

using Log = std::shared_ptr<Logger>;

// To config.log_file or stderr, at config.log_level. kUsage, also if it is the file of
// `database` or another kvstore file; kPermission if it cannot be opened.
Result<Log> open_log(const Config& config, const std::string& database = {});

// What a store has to say at once (Options::on_warning), in the logs of all servers of
// this process. False if there is none yet.
bool log_store_warning(const std::string& path, const std::string& sentence) noexcept;

// Opens the log files of all servers in this process anew, under their names, for
// logrotate: what was renamed meanwhile is let go of. Each log says so.
void reopen_log_files() noexcept;

// Bytes of a client, fit for a log line: quoted, escaped, cut.
std::string log_text(std::string_view bytes);

// A command as a log line shows it: its word, its first argument, and how many
// more there are. `SET "key" (+1)`
std::string log_command(command::Args argv);

// For threads that must go on when there is no memory: a line that cannot be made
// is left out.
template <class... Parts>
void log_if_possible(const Log& log, Level level, fmt::format_string<Parts...> text,
                     Parts&&... parts) noexcept {
  try {
    log->log(level, text, std::forward<Parts>(parts)...);
  } catch (...) {
  }
}

// Lets one event a second through and counts the others, so that no client can
// fill the disk with log lines. Any thread.
class RateLimit {
 public:
  // Nothing: keep quiet. Otherwise how many were kept quiet before this one.
  std::optional<std::uint64_t> admit();

 private:
  std::atomic<std::uint64_t> next_ms_{0};
  std::atomic<std::uint64_t> quiet_{0};
};

// What a line says about those kept quiet before it: nothing if there were none.
std::string like_it(std::uint64_t quiet);

// Failures of the store, told once an episode and not once a command: a full
// disk is one line when it begins and one when it ends. Any thread.
class FailureLog {
 public:
  explicit FailureLog(Log log) : log_(std::move(log)) {}

  // `seq`: the newest version that there was then.
  void write_failed(const Error& error, std::uint64_t seq);
  bool is_failing() const { return failing_.load(std::memory_order_relaxed); }
  // Of a commit that went well; one of nothing does so on a full disk, too, and ends no episode:
  // `seq`, the newest version that there is now, says whether anything was written since.
  void commit_worked(std::uint64_t seq);
  // Damage met by a read; `command` as log_command() made it.
  void read_failed(const Error& error, const std::string& command);

 private:
  const Log log_;
  std::atomic<bool> failing_{false};
  Mutex mutex_;
  Code episode_ KV_GUARDED_BY(mutex_) = Code::kIo;  // meaningful while failing_
  std::uint64_t failed_at_ KV_GUARDED_BY(mutex_) = 0;
  RateLimit reads_;
};

}  // namespace kvstore::server
