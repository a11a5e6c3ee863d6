// A connection to the server of a place, whose user is asked for a password where that is needed.
#pragma once

#include <memory>

#include "repl/remote_backend.h"
#include "src/base/status.h"
#include "src/cli/place.h"

namespace kvstore::cli {

// One request has been answered when it returns, so that a port of another kind shows here. Where
// the server wants a password and nobody said one, whoever sits at the terminal is asked, and
// `place` has it from then on; without one the connection is there, and answers NOAUTH. kNetwork;
// errors of AUTH and of certificates.
Result<std::unique_ptr<repl::RemoteBackend>> connect(Place& place);

// The same for who opens connections of his own. kNoAuth: a password is needed, and there is
// nobody to ask; kNetwork.
Status check_server(Place& place);

}  // namespace kvstore::cli
