// The recent denials, as ACL LOG shows them.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/mutex.h"

namespace kvstore::command::acl {

struct Denial {
  enum class Reason : std::uint8_t { kCommand, kKey, kChannel, kAuth };
  using Clock = std::chrono::steady_clock;

  Reason reason = Reason::kCommand;
  bool in_multi = false;
  std::string object;      // the command, the key, or the channel
  std::size_t number = 0;  // index of the key or channel in the command
  std::string user;
  std::string client;
  std::uint64_t count = 1;  // number of equal denials, each about a minute after the other at most
  Clock::time_point since = Clock::now();
};

// "command", "key", "channel" or "auth".
std::string_view reason_name(Denial::Reason reason);

// Holds the newest denials, in bounded memory. Thread rule: any thread.
class Denials {
 public:
  static constexpr std::size_t kMost = 128;
  static constexpr std::size_t kMaxObject = 128;  // bytes kept of a key

  void add(Denial denial);
  // Newest first.
  std::vector<Denial> newest(std::size_t count) const;
  void clear();

 private:
  mutable Mutex mutex_;
  std::deque<Denial> all_ KV_GUARDED_BY(mutex_);  // newest first
};

}  // namespace kvstore::command::acl
