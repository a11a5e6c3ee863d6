// The encrypted bytes of one connection.
#pragma once

#include <memory>

#include "server/transport.h"
#include "src/tls/context.h"

namespace kvstore::server {

// A TLS connection over a stream socket, which begins with a handshake. nullptr: no memory; the
// socket is closed then.
std::unique_ptr<Transport> tls_transport(file::Descriptor socket, const tls::Context& context);

}  // namespace kvstore::server
