#include "server/log.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <memory>
#include <mutex>
#include <new>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <spdlog/details/file_helper.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/stdout_color_sinks.h>

#include "src/base/clock.h"
#include "src/base/quote.h"
#include "src/command/secrets.h"
#include "src/log/output_check.h"

namespace kvstore::server {
namespace {

constexpr std::size_t kShownBytes = 64;  // of a key or value in a log line
constexpr std::string_view kLevels[] =   // indexed by Level
    {"trace", "debug", "info", "warn", "error", "off"};

// A file that can be reopened by name: after a rotation the renamed file stays as it is, and lines
// go to a new one.
class FileSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  FileSink(std::string path, std::string database)
      : path_(std::move(path)), database_(std::move(database)), file_(open(path_)) {}

  // If it fails, the old file remains in use.
  void reopen() {
    if (const Status may = log::check_output_path(path_, database_); !may) {
      throw spdlog::spdlog_ex(may.error().message);
    }
    auto anew = open(path_);
    const std::lock_guard lock(mutex_);
    file_ = std::move(anew);
  }
  const std::string& path() const { return path_; }

 private:
  using File = std::unique_ptr<spdlog::details::file_helper>;

  // Creates the file, but not its directory: that would hide a mistyped name.
  static File open(const std::string& path) {
    const auto directory = std::filesystem::path(path).parent_path();
    std::error_code error;
    if (!directory.empty() && !std::filesystem::exists(directory, error)) {
      throw spdlog::spdlog_ex(
          fmt::format("there is no directory {}", log_text(directory.string())));
    }
    auto file = std::make_unique<spdlog::details::file_helper>();
    file->open(path);
    return file;
  }
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    file_->write(line);
  }
  void flush_() override { file_->flush(); }

  const std::string path_;
  const std::string database_;
  File file_;
};

// Standard error, which may be blocked: a pipe to a stopped program, or a terminal after Ctrl-S. It
// never blocks: lines that do not fit are dropped and counted, and the count is written later.
class StderrSink final : public spdlog::sinks::base_sink<std::mutex> {
 private:
  // A writable pipe takes at least a page, and no line is longer.
  static bool takes_a_line() {
    ::pollfd place{STDERR_FILENO, POLLOUT, 0};
    return ::poll(&place, 1, 0) != 0;  // the write will find an error
  }
  void sink_it_(const spdlog::details::log_msg& message) override {
    if (!takes_a_line()) {
      ++dropped_;
      return;
    }
    if (dropped_ > 0) {
      const std::string told = fmt::format(
          "{} lines were dropped here: nobody read standard error", std::exchange(dropped_, 0));
      inner_.log({message.logger_name, spdlog::level::warn, told});
    }
    if (takes_a_line()) {
      inner_.log(message);
    } else {
      ++dropped_;
    }
  }
  void flush_() override { inner_.flush(); }
  void set_pattern_(const std::string& pattern) override { inner_.set_pattern(pattern); }
  void set_formatter_(std::unique_ptr<spdlog::formatter> formatter) override {
    inner_.set_formatter(std::move(formatter));
  }

  spdlog::sinks::stderr_color_sink_mt inner_;
  std::uint64_t dropped_ = 0;
};

// The logs of all servers in this process.
Mutex g_logs_mutex;
std::vector<std::weak_ptr<Logger>> g_logs KV_GUARDED_BY(g_logs_mutex);

std::vector<Log> open_logs() {
  MutexLock lock(g_logs_mutex);
  std::vector<Log> logs;
  for (const auto& known : g_logs) {
    if (auto log = known.lock()) logs.push_back(std::move(log));
  }
  return logs;
}

void remember(const Log& log) {
  MutexLock lock(g_logs_mutex);
  std::erase_if(g_logs, [](const auto& known) { return known.expired(); });
  g_logs.push_back(log);
}

// Here a file that cannot be opened is kPermission, not a failure of the disk.
Result<spdlog::sink_ptr> open_sink(const std::string& path, const std::string& database) {
  if (path.empty())
    return spdlog::sink_ptr(std::make_shared<StderrSink>());
  KV_TRY(log::check_output_path(path, database));
  try {
    return spdlog::sink_ptr(std::make_shared<FileSink>(path, database));
  } catch (const spdlog::spdlog_ex& problem) {
    return fail(Code::kPermission, fmt::format("cannot write the log: {}", problem.what()),
                "another --log-file, or none for stderr");
  }
}

// Failures of the store itself, not of the command.
bool is_store_failure(Code code) {
  return code == Code::kFull || code == Code::kFailed || code == Code::kIo ||
         code == Code::kMemory || code == Code::kDamaged;
}

// Indexed by Level.
spdlog::level::level_enum spdlog_level(Level level) {
  using namespace spdlog::level;
  constexpr level_enum kSpdlogLevels[] = {trace, debug, info, warn, err, off};
  return kSpdlogLevels[static_cast<std::size_t>(level)];
}

}  // namespace

class Logger::Writer {
 public:
  Writer(spdlog::sink_ptr sink, Level least) : logger_("kvstore", std::move(sink)), least_(least) {
    logger_.set_pattern("%Y-%m-%d %H:%M:%S.%e %^%l%$ %v");
    logger_.set_level(spdlog_level(least));
    // There are few lines, and the last ones before a crash matter most.
    logger_.flush_on(spdlog::level::trace);
  }
  Level least() const { return least_; }
  spdlog::logger& logger() { return logger_; }

 private:
  spdlog::logger logger_;
  const Level least_;
};

Logger::Logger(std::unique_ptr<Writer> writer)
    : writer_(std::move(writer)), least_(writer_->least()) {}

Logger::~Logger() = default;

void Logger::write(Level level, fmt::string_view text, fmt::format_args parts) {
  writer_->logger().log(spdlog_level(level), spdlog::string_view_t(fmt::vformat(text, parts)));
}

Result<Log> open_log(const Config& config, const std::string& database) {
  const auto* const level = std::find(std::begin(kLevels), std::end(kLevels), config.log_level);
  if (level == std::end(kLevels)) {
    return fail(Code::kUsage, fmt::format("no such log level: {}", log_text(config.log_level)),
                "--log-level trace, debug, info, warn, error or off");
  }
  KV_ASSIGN(auto sink, open_sink(config.log_file, database));
  auto writer = std::make_unique<Logger::Writer>(std::move(sink),
                                                 static_cast<Level>(level - std::begin(kLevels)));
  auto log = std::make_shared<Logger>(std::move(writer));
  remember(log);
  return log;
}

void reopen_log_files() noexcept try {
  for (const Log& log : open_logs()) {
    auto* file = dynamic_cast<FileSink*>(log->writer().logger().sinks().front().get());
    if (!file) {
      log_if_possible(log, Level::kInfo, "SIGHUP: there is no --log-file to reopen");
      continue;
    }
    try {
      file->reopen();
      log_if_possible(log, Level::kInfo, "SIGHUP: reopened this log file");
    } catch (const std::exception& problem) {
      log_if_possible(log, Level::kError, "SIGHUP: the log goes on in the old file: {}",
                      problem.what());
    }
  }
} catch (const std::bad_alloc&) {
  // The next SIGHUP may find more memory.
}

bool log_store_warning(const std::string& path, const std::string& sentence) noexcept try {
  const std::vector<Log> logs = open_logs();
  for (const Log& log : logs) {
    log_if_possible(log, Level::kWarn, "{}: {}", log_text(path), sentence);
  }
  return !logs.empty();
} catch (const std::bad_alloc&) {
  return false;
}

std::string log_text(std::string_view bytes) {
  std::string text;
  append_quoted(bytes, &text, kShownBytes, Controls::kHex);
  return text;
}

std::string log_command(command::Args argv) {
  const command::Command* known = command::find_command(argv[0]);
  std::string text = known ? std::string(known->name) : log_text(argv[0]);
  if (argv.size() > 1) {
    text += " " + (command::is_secret(argv, 1) ? std::string("(redacted)") : log_text(argv[1]));
  }
  if (argv.size() > 2) text += fmt::format(" (+{})", argv.size() - 2);
  return text;
}

std::optional<std::uint64_t> RateLimit::admit() {
  const std::uint64_t now = now_ms();
  std::uint64_t next = next_ms_.load(std::memory_order_relaxed);
  if (now < next || !next_ms_.compare_exchange_strong(next, now + 1000)) {
    quiet_.fetch_add(1, std::memory_order_relaxed);
    return std::nullopt;
  }
  return quiet_.exchange(0, std::memory_order_relaxed);
}

std::string like_it(std::uint64_t quiet) {
  return quiet == 0 ? "" : fmt::format(" ({} similar messages suppressed)", quiet);
}

void FailureLog::write_failed(const Error& error, std::uint64_t seq) {
  if (!is_store_failure(error.code)) return;
  MutexLock lock(mutex_);
  failed_at_ = seq;
  if (failing_.load(std::memory_order_relaxed) && episode_ == error.code) return;
  episode_ = error.code;
  failing_.store(true, std::memory_order_relaxed);
  log_->error("writes fail: {} {}{}{}", code_name(error.code), error.message,
              error.hint.empty() ? "" : "; ", error.hint);
}

void FailureLog::commit_worked(std::uint64_t seq) {
  MutexLock lock(mutex_);
  if (seq == failed_at_ || !failing_.exchange(false)) return;
  log_->warn("writes work again (they failed with {})", code_name(episode_));
}

void FailureLog::read_failed(const Error& error, const std::string& command) {
  if (!is_store_failure(error.code) && error.code != Code::kCorrupt) return;
  if (const auto quiet = reads_.admit()) {
    log_->error("{}: {} {}{}", command, code_name(error.code), error.message, like_it(*quiet));
  }
}

}  // namespace kvstore::server
