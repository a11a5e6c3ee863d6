// A connection to the server of a place, whose user is asked for a password where that is needed.
#pragma once

#include <memory>

#include "repl/remote_backend.h"
#include "src/base/status.h"
#include "src/cli/place.h"

namespace kvstore::cli {

// Where the server wants a password and nobody said one, whoever sits at the terminal is asked,
// and `place` has it from then on. kNetwork; errors of AUTH and of certificates.
Result<std::unique_ptr<repl::RemoteBackend>> connect(Place& place);

// The same for who opens connections of his own. kNoAuth: a password is needed, and there is
// nobody to ask; kNetwork.
Status ask_for_password(Place& place);

}  // namespace kvstore::cli
