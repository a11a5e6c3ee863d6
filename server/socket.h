// The few socket calls the server makes, with their traps named.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>

#include <unistd.h>

#include "server/endpoint.h"
#include "src/base/status.h"
#include "src/file/descriptor.h"

namespace kvstore::server {

// Owns a descriptor, from 3 on.
class Socket {
 public:
  Socket() = default;
  explicit Socket(int descriptor) : descriptor_(file::above_standard(descriptor)) {}
  Socket(Socket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  Socket& operator=(Socket&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~Socket() { reset(); }
  void reset() {
    if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
  }
  int get() const { return descriptor_; }
  explicit operator bool() const { return descriptor_ >= 0; }

 private:
  int descriptor_ = -1;
};

// A socket that listens on `wanted`, and its real address. Errors: kUsage
// (outside loopback and not `unsafe`), kNetwork, kPermission.
struct Listening {
  Socket socket;
  Endpoint endpoint;
};
Result<Listening> listen_on(const Endpoint& wanted, bool unsafe);

// Sends what fits now; never waits, never raises SIGPIPE. Best effort.
void send_now(int socket, std::string_view bytes);

// SO_RCVTIMEO; 0 is no timeout.
void set_receive_timeout(int socket, std::uint64_t timeout_ms);

// No delay for small replies; a dead peer is noticed after some minutes.
void set_connection_options(int socket);

}  // namespace kvstore::server
