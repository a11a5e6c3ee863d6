// Who is at the other end of a connection.
#pragma once

#include <cstdint>
#include <string>

#include "src/base/cancel.h"

namespace kvstore::server {

// "client 7 127.0.0.1:53124": how log lines call it. Without the address if there is none.
std::string peer_name(int socket, std::uint64_t number);

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
