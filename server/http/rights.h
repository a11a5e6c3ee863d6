// What the user of a request may do, where it is no command that is run.
#pragma once

#include "server/http/exchange.h"

namespace kvstore::server::http {

// Whether he may run that command with these words; false: he was answered that he may not.
bool may_run(Exchange& exchange, command::Args words);

}  // namespace kvstore::server::http
