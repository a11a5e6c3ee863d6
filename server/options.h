// The server's options on a command line, all but `--listen` itself (whose
// argument is optional, see looks_like_endpoint).
#pragma once

#include "server/server.h"

namespace CLI {
class App;
}

namespace kvstore::server {

// Adds all of the group "Server" to `app`; parsing fills `config`, which must outlive it.
void add_options(CLI::App& app, Config& config);

}  // namespace kvstore::server
