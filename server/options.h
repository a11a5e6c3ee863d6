// The server's command-line options, except `--listen` itself (whose argument is optional, see
// looks_like_endpoint).
#pragma once

#include "server/server.h"

namespace CLI {
class App;
}

namespace kvstore::server {

// Adds the options of group "Server" to `app`; parsing fills `config`, which must outlive it.
void add_options(CLI::App& app, Config& config);

}  // namespace kvstore::server
