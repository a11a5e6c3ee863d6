// Connects to a server, and asks for a password if one is needed.
#pragma once

#include <memory>

#include "repl/remote_backend.h"
#include "src/base/status.h"
#include "src/cli/place.h"

namespace kvstore::cli {

// Returns after one answered request, so that a wrong port is detected here. If the server requires
// a password and none was given, the user at the terminal is asked, and `place` keeps it; without
// one the connection is returned nonetheless, and answers NOAUTH. kNetwork; errors of AUTH and of
// certificates.
Result<std::unique_ptr<repl::RemoteBackend>> connect(Place& place);

// The same check for callers that open their own connections. kNoAuth: a password is needed, and
// there is no terminal; kNetwork.
Status check_server(Place& place);

}  // namespace kvstore::cli
