// The server's options on a command line, all but `--listen` itself (whose
// argument is optional, see looks_like_endpoint).
#pragma once

#include "server/server.h"

namespace CLI {
class App;
}

namespace kvstore::server {

// Adds --unsafe-listen, --max-connections, --max-request, --max-buffered,
// --idle-timeout, --request-timeout, --write-timeout, --log-level, --log-file
// and --slow-command to `app`; parsing fills `config`, which must outlive it.
void add_options(CLI::App& app, Config& config);

}  // namespace kvstore::server
