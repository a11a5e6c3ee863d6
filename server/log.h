// The server log, for operators: opens, recoveries, refusals, slow commands and failures;
// connections at level debug, every command at trace.
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

// Writes lines to a destination. The implementation is kept out of this header, because it would
// triple the compile time of each file of the server.
class Logger {
 public:
  class Writer;
  explicit Logger(std::unique_ptr<Writer> writer);
  ~Logger();
  Logger(const Logger&) = delete;
  Logger& operator=(const Logger&) = delete;

  bool shows(Level level) const { return level >= least_; }
  // Writes a line formatted as by fmt::format().
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

// Opens config.log_file or stderr, at config.log_level. kUsage, also if the file is `database` or
// another kvstore file; kPermission if it cannot be opened.
Result<Log> open_log(const Config& config, const std::string& database = {});

// Writes a warning of a store (Options::on_warning) to the logs of all servers in this process.
// False if there is none yet.
bool log_store_warning(const std::string& path, const std::string& sentence) noexcept;

// Opens the log files of all servers in this process again by name, for logrotate: renamed files
// are closed. Each log notes it.
void reopen_log_files() noexcept;

// Bytes of a client for a log line: quoted, escaped, shortened.
std::string log_text(std::string_view bytes);

// A command for a log line: the command word, its first argument, and the number of further ones:
// `SET "key" (+1)`
std::string log_command(command::Args argv);

// For threads that must go on without memory: a line that cannot be made is omitted.
template <class... Parts>
void log_if_possible(const Log& log, Level level, fmt::format_string<Parts...> text,
                     Parts&&... parts) noexcept {
  try {
    log->log(level, text, std::forward<Parts>(parts)...);
  } catch (...) {
  }
}

// Admits one event a second and counts the others, so that no client can fill the disk with log
// lines. Any thread.
class RateLimit {
 public:
  // nullopt: suppress the event. Otherwise the number of suppressed events before this one.
  std::optional<std::uint64_t> admit();

 private:
  std::atomic<std::uint64_t> next_ms_{0};
  std::atomic<std::uint64_t> quiet_{0};
};

// Text for a line about suppressed ones before it; empty if there were none.
std::string like_it(std::uint64_t quiet);

// Logs failures of the store once for each episode, not for each command: a full disk is one line
// when it begins and one when it ends. Any thread.
class FailureLog {
 public:
  explicit FailureLog(Log log) : log_(std::move(log)) {}

  // `seq` is the newest version at that time.
  void write_failed(const Error& error, std::uint64_t seq);
  bool is_failing() const { return failing_.load(std::memory_order_relaxed); }
  // After a successful commit. A commit without writes succeeds on a full disk, too, and ends no
  // episode: `seq`, the newest version now, tells whether anything was written since.
  void commit_worked(std::uint64_t seq);
  // Damage found by a read; `command` is from log_command().
  void read_failed(const Error& error, const std::string& command);

 private:
  const Log log_;
  std::atomic<bool> failing_{false};
  Mutex mutex_;
  Code episode_ KV_GUARDED_BY(mutex_) = Code::kIo;  // valid while failing_
  std::uint64_t failed_at_ KV_GUARDED_BY(mutex_) = 0;
  RateLimit reads_;
};

}  // namespace kvstore::server
