#include "server/log.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_color_sinks.h>

#include "src/base/clock.h"
#include "src/base/quote.h"

namespace kvstore::server {
namespace {

constexpr std::size_t kShownBytes = 64;  // of one key or value in a log line
constexpr std::string_view kLevels[] = {"trace", "debug", "info", "warn", "error", "off"};

Result<spdlog::sink_ptr> open_sink(const std::string& path) {
  if (path.empty()) return spdlog::sink_ptr(std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
  try {
    return spdlog::sink_ptr(std::make_shared<spdlog::sinks::basic_file_sink_mt>(path));
  } catch (const spdlog::spdlog_ex& problem) {
    return fail(Code::kIo, fmt::format("cannot write the log: {}", problem.what()),
                "another --log-file, or none for stderr");
  }
}

// What the store itself, not the command, is to blame for.
bool is_store_failure(Code code) {
  return code == Code::kFull || code == Code::kFailed || code == Code::kIo ||
         code == Code::kMemory || code == Code::kDamaged;
}

}  // namespace

Result<Log> open_log(const Config& config) {
  if (std::find(std::begin(kLevels), std::end(kLevels), config.log_level) == std::end(kLevels)) {
    return fail(Code::kUsage, fmt::format("no such log level: {}", log_text(config.log_level)),
                "--log-level trace, debug, info, warn, error or off");
  }
  KV_ASSIGN(auto sink, open_sink(config.log_file));
  auto log = std::make_shared<spdlog::logger>("kvstore", std::move(sink));
  log->set_pattern("%Y-%m-%d %H:%M:%S.%e %^%l%$ %v");
  log->set_level(spdlog::level::from_str(config.log_level));
  // Lines are few, and the last ones before an accident are those that matter.
  log->flush_on(spdlog::level::trace);
  return log;
}

std::string log_text(std::string_view bytes) {
  std::string text;
  append_quoted(bytes, &text, kShownBytes, Controls::kHex);
  return text;
}

std::string log_command(command::Args argv) {
  const command::Command* known = command::find_command(argv[0]);
  std::string text = known ? std::string(known->name) : log_text(argv[0]);
  if (argv.size() > 1) text += " " + log_text(argv[1]);
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
  return quiet == 0 ? "" : fmt::format(" (and {} like it since the last line)", quiet);
}

void FailureLog::write_failed(const Error& error) {
  if (!is_store_failure(error.code)) return;
  MutexLock lock(mutex_);
  if (failing_.load(std::memory_order_relaxed) && episode_ == error.code) return;
  episode_ = error.code;
  failing_.store(true, std::memory_order_relaxed);
  log_->error("writes fail: {} {}{}{}", code_name(error.code), error.message,
              error.hint.empty() ? "" : "; ", error.hint);
}

void FailureLog::end_episode() {
  MutexLock lock(mutex_);
  if (!failing_.exchange(false)) return;
  log_->warn("writes work again (they failed with {})", code_name(episode_));
}

void FailureLog::read_failed(const Error& error, const std::string& command) {
  if (!is_store_failure(error.code) && error.code != Code::kCorrupt) return;
  if (const auto quiet = reads_.admit()) {
    log_->error("{}: {} {}{}", command, code_name(error.code), error.message, like_it(*quiet));
  }
}

}  // namespace kvstore::server
