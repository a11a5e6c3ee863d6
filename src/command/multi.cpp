#include "src/command/multi.h"

#include <algorithm>

namespace kvstore::command {

Result<WatchedKeys::State> WatchedKeys::state_of(std::string_view key, Data& data) {
  State state;
  KV_ASSIGN(const auto info, data.stat(key));
  state.is_there = info.has_value();
  KV_TRY(data.history(key, 1, [&](const Version& newest) {
    state.seq = newest.seq;
    return false;
  }));
  return state;
}

bool CommandQueue::add(Args words) {
  std::size_t bytes = sizeof(std::vector<std::string>);
  for (const std::string_view word : words) bytes += word.size() + sizeof(std::string);
  if (bytes > kMaxBytes - bytes_) return false;
  commands_.emplace_back(words.begin(), words.end());
  bytes_ += bytes;
  return true;
}

Status WatchedKeys::add(std::string_view key, Data& data) {
  const bool is_known =
      std::any_of(keys_.begin(), keys_.end(), [key](const Watched& one) { return one.key == key; });
  if (is_known) return {};
  const std::size_t bytes = key.size() + sizeof(Watched);
  if (bytes > kMaxBytes - bytes_) {
    return fail(Code::kLimit, "so many keys cannot be watched", "UNWATCH, or watch fewer");
  }
  KV_ASSIGN(const State state, state_of(key, data));
  keys_.push_back({std::string(key), state});
  bytes_ += bytes;
  return {};
}

Result<bool> WatchedKeys::have_changed(Data& data) const {
  for (const Watched& one : keys_) {
    KV_ASSIGN(const State state, state_of(one.key, data));
    if (state != one.state) return true;
  }
  return false;
}

}  // namespace kvstore::command
