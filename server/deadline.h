// What a connection does when nothing has happened for too long.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace kvstore::server {

using Clock = std::chrono::steady_clock;

// How long a client that was sent its last reply has to read it before the socket goes.
inline constexpr auto kLinger = std::chrono::seconds(1);

// How long a command that waits still does once its client has ended its requests: it may read on
// (`nc -N`), or be gone, which only a write to it would tell.
inline constexpr auto kWaitAfterEnd = std::chrono::seconds(3);

enum class Due : std::uint8_t {
  kNever,
  kRest,        // give back what was kept for the next request
  kIdle,        // the client asks nothing
  kHandshake,   // the client does not finish its TLS handshake
  kLogin,       // the client does not log in
  kRequest,     // a request does not become complete
  kUnread,      // the client does not read
  kNews,        // a command that waits, or what is followed, looks again
  kEndOfInput,  // the server stops, and all that had arrived was read
};

struct Deadline {
  Due due = Due::kNever;
  std::optional<Clock::time_point> at = {};  // none: never
};

inline Deadline sooner(const Deadline& a, const Deadline& b) {
  if (!a.at || !b.at) return a.at ? a : b;
  return *b.at < *a.at ? b : a;
}

}  // namespace kvstore::server
