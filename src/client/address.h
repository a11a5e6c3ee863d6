// The address of a server, and the kind of connection.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "src/tls/context.h"

namespace kvstore::client {

struct Address {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;
  std::string path;                     // of a Unix socket, instead of host and port; empty: none
  std::optional<tls::ClientFiles> tls;  // none: plain text

  // "127.0.0.1:7878", "unix:/run/kvstore.sock".
  std::string name() const {
    return path.empty() ? host + ":" + std::to_string(port) : "unix:" + path;
  }
};

// The user of a connection. Without a password no login is made.
struct Credentials {
  std::string user;  // empty: user default
  std::optional<std::string> password;
};

}  // namespace kvstore::client
