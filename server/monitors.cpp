#include "server/monitors.h"

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "server/connection.h"
#include "src/base/clock.h"
#include "src/base/quote.h"
#include "src/command/secrets.h"

namespace kvstore::server {
namespace {

constexpr std::size_t kMostBytes = 1024;  // limit for a word
constexpr std::size_t kMostWords = 64;

void append_word(std::string_view word, std::string* line) {
  *line += ' ';
  append_quoted(word.substr(0, kMostBytes), line);
  if (word.size() > kMostBytes) {
    fmt::format_to(std::back_inserter(*line), "...({} more bytes)", word.size() - kMostBytes);
  }
}

std::string line_of(command::Args argv, std::string_view address) {
  const std::uint64_t time_us = now_us();
  std::string line =
      fmt::format("+{}.{:06} [0 {}]", time_us / 1'000'000, time_us % 1'000'000, address);
  for (std::size_t i = 0; i < std::min(argv.size(), kMostWords); ++i) {
    append_word(command::is_secret(argv, i) ? "(redacted)" : argv[i], &line);
  }
  if (argv.size() > kMostWords) {
    fmt::format_to(std::back_inserter(line), " ...({} more)", argv.size() - kMostWords);
  }
  return line + "\r\n";
}

}  // namespace

void Monitors::add(Connection& connection) {
  const MutexLock lock(mutex_);
  connections_.emplace(&connection, 0);
  count_.store(connections_.size());
}

void Monitors::remove(Connection& connection) {
  const MutexLock lock(mutex_);
  connections_.erase(&connection);
  count_.store(connections_.size());
}

void Monitors::tell(command::Args argv, std::string_view address) {
  const std::string line = line_of(argv, address);
  const MutexLock lock(mutex_);
  for (auto& [connection, missed] : connections_) {
    if (connection->address() == address) continue;  // the client itself
    if (missed > 0 && connection->push(fmt::format("+({} commands missed)\r\n", missed)))
      missed = 0;
    if (missed > 0 || !connection->push(line)) ++missed;
  }
}

}  // namespace kvstore::server
