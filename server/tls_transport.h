// The bytes of one connection, encrypted.
#pragma once

#include <memory>

#include "server/transport.h"
#include "src/tls/context.h"

namespace kvstore::server {

// A stream socket whose peer begins with a handshake. nullptr: no memory; then the socket is
// closed.
std::unique_ptr<Transport> tls_transport(file::Descriptor socket, const tls::Context& context);

}  // namespace kvstore::server
