// The timeouts of a connection.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace kvstore::server {

using Clock = std::chrono::steady_clock;

// How long a client has to read its last reply before the socket is closed.
inline constexpr auto kLinger = std::chrono::seconds(1);

// How long a command that waits still does once its client has ended its requests: it may read on
// (`nc -N`), or be gone, which only a write to it would tell.
inline constexpr auto kWaitAfterEnd = std::chrono::seconds(3);

enum class Due : std::uint8_t {
  kNever,
  kRest,        // free the buffers kept for the next request
  kIdle,        // no request for too long
  kHandshake,   // the TLS handshake takes too long
  kLogin,       // the login takes too long
  kRequest,     // a request takes too long to arrive
  kUnread,      // the client does not read its replies
  kNews,        // a waiting command or FOLLOW looks again
  kEndOfInput,  // the server stops, and all that had arrived was read
};

struct Deadline {
  Due due = Due::kNever;
  std::optional<Clock::time_point> at = {};  // none: no deadline
};

inline Deadline sooner(const Deadline& a, const Deadline& b) {
  if (!a.at || !b.at) return a.at ? a : b;
  return *b.at < *a.at ? b : a;
}

}  // namespace kvstore::server
