// Who is at the other end of a connection.
#pragma once

#include <cstdint>
#include <string>

#include "src/base/cancel.h"

namespace kvstore::server {

// "127.0.0.1:53124", "[::1]:53124", "unix (pid 42, uid 1000)"; empty if there is none. Of the other end,
// and of ours.
std::string peer_address(int socket);
std::string own_address(int socket);

// "client 7 127.0.0.1:53124": how log lines call it, or "client 8 unix (pid 42, uid 1000)".
// Without the address if there is none.
std::string peer_name(int socket, std::uint64_t number);

// Its address without the port, of IPv6 the network's half: those whose wrong passwords are
// counted together. "local" of a unix socket, or if there is none.
std::string network_of_peer(int socket);

// While it lives, long listings on this thread are given up once the peer of `socket`
// is gone (src/base/cancel.h). Not when it has only closed its end: then it still reads.
class PeerWatch {
 public:
  explicit PeerWatch(int socket);

 private:
  static bool is_gone();

  const CancelScope scope_;
};

}  // namespace kvstore::server
