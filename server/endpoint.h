// An address to listen on, as in `--listen [ADDR:]PORT`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "src/base/status.h"

namespace kvstore::server {

inline constexpr std::uint16_t kDefaultPort = 7878;

struct Endpoint {
  std::string address = "127.0.0.1";  // a name or a number; IPv6 without brackets
  std::uint16_t port = kDefaultPort;  // 0: any free port

  // Such as "127.0.0.1:7878" or "[::1]:7878".
  std::string to_string() const;
};

// Parses "7878", "127.0.0.1:0", "localhost:7878", "[::1]:7878". kUsage if it is invalid, with the
// reason.
Result<Endpoint> parse_endpoint(std::string_view text);

// Whether `--listen` takes the word as its argument: it consists of digits, or of text without a
// slash, a colon, and digits.
bool looks_like_endpoint(std::string_view word);

}  // namespace kvstore::server
