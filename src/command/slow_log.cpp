#include "src/command/slow_log.h"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "src/command/secrets.h"

namespace kvstore::command {
namespace {

// The limits of Redis.
constexpr std::size_t kMostWords = 32;
constexpr std::size_t kMostBytes = 128;  // of a word

std::string shortened(std::string_view word) {
  if (word.size() <= kMostBytes) return std::string(word);
  return fmt::format("{}... ({} more bytes)", word.substr(0, kMostBytes), word.size() - kMostBytes);
}

}  // namespace

void SlowLog::set_most(std::uint64_t entries) {
  most_.store(std::min(entries, kMostEntries), std::memory_order_relaxed);
  const MutexLock lock(mutex_);
  shorten();
}

void SlowLog::shorten() {
  while (entries_.size() > most()) entries_.pop_back();
}

void SlowLog::add(Entry entry, Args words) {
  const std::size_t shown = words.size() > kMostWords ? kMostWords - 1 : words.size();
  for (std::size_t i = 0; i < shown; ++i) {
    entry.words.push_back(is_secret(words, i) ? "(redacted)" : shortened(words[i]));
  }
  if (words.size() > kMostWords) {
    entry.words.push_back(fmt::format("... ({} more arguments)", words.size() - kMostWords + 1));
  }
  const MutexLock lock(mutex_);
  entry.id = next_id_++;
  entries_.push_front(std::move(entry));
  shorten();
}

std::vector<SlowLog::Entry> SlowLog::newest(std::uint64_t limit) const {
  const MutexLock lock(mutex_);
  const auto count = static_cast<std::ptrdiff_t>(std::min<std::uint64_t>(limit, entries_.size()));
  return {entries_.begin(), entries_.begin() + count};
}

std::size_t SlowLog::size() const {
  const MutexLock lock(mutex_);
  return entries_.size();
}

void SlowLog::clear() {
  const MutexLock lock(mutex_);
  entries_.clear();
}

}  // namespace kvstore::command
