// Permissions for requests that do not run a command.
#pragma once

#include "server/http/exchange.h"

namespace kvstore::server::http {

// Whether the user may run the command words[0] with these words. If false, the exchange was
// answered with the denial. True for an unknown command, which is reported when it is run.
bool may_run(Exchange& exchange, command::Args words);

}  // namespace kvstore::server::http
