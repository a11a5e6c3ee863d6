// Where to listen: what `--listen [ADDR:]PORT` names.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "src/base/status.h"

namespace kvstore::server {

inline constexpr std::uint16_t kDefaultPort = 7878;

struct Endpoint {
  std::string address = "127.0.0.1";  // a name or a number, IPv6 without brackets
  std::uint16_t port = kDefaultPort;  // 0: any free one

  // "127.0.0.1:7878", "[::1]:7878".
  std::string to_string() const;
};

// "7878", "127.0.0.1:0", "localhost:7878", "[::1]:7878". kUsage otherwise,
// with what was wrong.
Result<Endpoint> parse_endpoint(std::string_view text);

// Whether a word has the shape of an endpoint, so that `--listen` takes it as
// its argument: digits, or something without a slash, a colon, and digits.
bool looks_like_endpoint(std::string_view word);

}  // namespace kvstore::server
