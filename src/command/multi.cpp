#include "src/command/multi.h"

#include <algorithm>
#include <string>
#include <vector>

#include "src/base/cancel.h"

namespace kvstore::command {
namespace {

// Keeps for each key the version that it had first, in key order. Repeated calls that free nothing
// sort only once.
template <class Watched>
void keep_oldest(std::vector<Watched>* keys) {
  const auto comes_before = [](const Watched& a, const Watched& b) { return a.key < b.key; };
  const auto is_same = [](const Watched& a, const Watched& b) { return a.key == b.key; };
  if (!std::is_sorted(keys->begin(), keys->end(), comes_before)) {
    std::stable_sort(keys->begin(), keys->end(), comes_before);
  }
  keys->erase(std::unique(keys->begin(), keys->end(), is_same), keys->end());
}

}  // namespace

Result<WatchedKeys::State> WatchedKeys::state_of(std::string_view key, Data& data) {
  State state;
  KV_ASSIGN(const auto info, data.stat(key));
  state.is_there = info.has_value();
  // A CLEAR does not change a key that did not exist.
  KV_TRY(data.history(key, 2, [&](const Version& version) {
    if (version.kind == Version::Kind::kClear) return true;
    (version.kind == Version::Kind::kCut ? state.forgotten_to : state.seq) = version.seq;
    return false;
  }));
  return state;
}

std::size_t CommandQueue::memory_of(Args words) {
  std::size_t bytes = sizeof(std::vector<std::string>);
  for (const std::string_view word : words) bytes += word.size() + sizeof(std::string);
  return bytes;
}

bool CommandQueue::add(Args words) {
  const std::size_t bytes = memory_of(words);
  if (bytes > kMaxBytes - bytes_) return false;
  commands_.emplace_back(words.begin(), words.end());
  bytes_ += bytes;
  return true;
}

Status WatchedKeys::add(std::string_view key, Data& data) {
  if (is_cancelled()) return cancelled();
  const std::size_t bytes = memory_of(key);
  // A key that is watched twice is stored twice until space runs out: that needs no search, and it
  // has changed if it has since the first time.
  if (bytes > kMaxBytes - bytes_) {
    keep_oldest(&keys_);
    bytes_ = 0;
    for (const Watched& one : keys_) bytes_ += memory_of(one.key);
  }
  if (bytes > kMaxBytes - bytes_) {
    return fail(Code::kLimit, "so many keys cannot be watched", "UNWATCH, or watch fewer");
  }
  KV_ASSIGN(const std::uint64_t as_of, data.last_seq());
  KV_ASSIGN(const State state, state_of(key, data));
  keys_.push_back({std::string(key), state, as_of});
  bytes_ += bytes;
  return {};
}

// The deletion, say, but nothing that was written since the key was watched.
bool WatchedKeys::is_only_forgotten(const Watched& one, const State& now) {
  return !one.state.is_there && !now.is_there && now.seq == 0 && now.forgotten_to <= one.as_of;
}

Result<bool> WatchedKeys::have_changed(Data& data) const {
  for (const Watched& one : keys_) {
    if (is_cancelled()) return cancelled();
    KV_ASSIGN(const State state, state_of(one.key, data));
    if (state != one.state && !is_only_forgotten(one, state)) return true;
  }
  return false;
}

}  // namespace kvstore::command
