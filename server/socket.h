// The socket calls of the server, with notes on their pitfalls.
#pragma once

#include <string_view>

#include "server/endpoint.h"
#include "src/base/status.h"
#include "src/file/descriptor.h"

namespace kvstore::server {

// A socket that listens on `wanted`, with its real address. Errors: kUsage (beyond loopback, and
// not `unsafe`), kNetwork, kPermission. `option` is the command-line option, for messages.
struct Listening {
  file::Descriptor socket;
  Endpoint endpoint;
};
bool is_loopback(const Endpoint& endpoint);  // `endpoint` is from listen_on()
Result<Listening> listen_on(const Endpoint& wanted, bool unsafe,
                            std::string_view option = "--listen");

// Disables the delay of small replies; detects a peer that has vanished within two minutes.
void set_connection_options(int socket);

// The peer will send no more, though not all of its data may have been read yet.
bool peer_has_finished(int socket);

}  // namespace kvstore::server
