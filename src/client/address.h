// Where a server is, and how to come to it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "src/tls/context.h"

namespace kvstore::client {

struct Address {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;
  std::string path;                     // of a unix socket, instead of the two; empty: none
  std::optional<tls::ClientFiles> tls;  // none: in plain text

  // "127.0.0.1:7878", "unix:/run/kvstore.sock".
  std::string name() const {
    return path.empty() ? host + ":" + std::to_string(port) : "unix:" + path;
  }
};

// Who is at this end. Without a password nobody logs in.
struct Credentials {
  std::string user;  // empty: the user default
  std::optional<std::string> password;
};

}  // namespace kvstore::client
