// The other end of a connection.
#pragma once

#include <cstdint>
#include <string>

#include "src/base/cancel.h"

namespace kvstore::server {

// The address of the other end, and of ours: "127.0.0.1:53124", "[::1]:53124", "unix (pid 42, uid
// 1000)"; empty if there is none.
std::string peer_address(int socket);
std::string own_address(int socket);

// The client's name in the log: "client 7 127.0.0.1:53124" or "client 8 unix (pid 42, uid 1000)".
// Without the address if there is none.
std::string peer_name(int socket, std::uint64_t number);

// The address by which wrong passwords are counted: without the port, and for IPv6 only the network
// half. "local" for a Unix socket, or if there is no address.
std::string network_of_peer(int socket);

// During its lifetime, long listings on this thread are cancelled once the peer of `socket` is gone
// (src/base/cancel.h). A peer that has only closed its end may still read.
class PeerWatch {
 public:
  explicit PeerWatch(int socket);

 private:
  static bool is_gone();

  const CancelScope scope_;
};

}  // namespace kvstore::server
