// The few socket calls the server makes, with their traps named.
#pragma once

#include <string_view>

#include "server/endpoint.h"
#include "src/base/status.h"
#include "src/file/descriptor.h"

namespace kvstore::server {

// A socket that listens on `wanted`, and its real address. Errors: kUsage
// (outside loopback and not `unsafe`), kNetwork, kPermission. `option`: by which it was asked for.
struct Listening {
  file::Descriptor socket;
  Endpoint endpoint;
};
bool is_loopback(const Endpoint& endpoint);  // as listen_on() gives it
Result<Listening> listen_on(const Endpoint& wanted, bool unsafe,
                            std::string_view option = "--listen");

// No delay for small replies; a peer that is gone without a word is
// noticed after two minutes.
void set_connection_options(int socket);

// It will write no more, though what it has written may not all be read yet.
bool peer_has_finished(int socket);

}  // namespace kvstore::server
