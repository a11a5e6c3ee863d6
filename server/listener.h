// The sockets that a server listens on: TCP, TCP with TLS, Unix sockets.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "server/endpoint.h"
#include "server/server.h"
#include "src/base/status.h"
#include "src/file/descriptor.h"

namespace kvstore::server {

struct Listener {
  enum class Kind : std::uint8_t { kPlain, kTls, kUnix };
  Kind kind = Kind::kPlain;
  enum class Speaks : std::uint8_t { kTextOrResp, kHttp };
  Speaks speaks = Speaks::kTextOrResp;
  file::Descriptor socket;
  Endpoint endpoint;  // TCP only; with the real port
  std::string path;   // Unix sockets only

  // "tcp", "tls", "unix", "http", "https".
  std::string_view kind_name() const;
  // "127.0.0.1:7878", "127.0.0.1:7879 (TLS)", "http://127.0.0.1:8080", "unix:/run/kvstore.sock".
  std::string name() const;
};

// Opens all listeners that `config` requests, in this order. `is_guarded`: clients need a password.
// Errors: kUsage (nothing to listen on; or a plain port, also of HTTP, beyond loopback without a
// password), kNetwork, kPermission.
Result<std::vector<Listener>> open_listeners(const Config& config, bool is_guarded);

// Removes the name of a Unix socket, unless it belongs to another one by now.
class SocketName {
 public:
  SocketName() = default;
  explicit SocketName(std::string path);
  ~SocketName();
  SocketName(SocketName&& other) noexcept;
  SocketName& operator=(SocketName&& other) noexcept;

 private:
  std::string path_;
  std::uint64_t device_ = 0;
  std::uint64_t inode_ = 0;
};

}  // namespace kvstore::server
