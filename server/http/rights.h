// What the user of a request may do, where it is no command that is run.
#pragma once

#include "server/http/exchange.h"

namespace kvstore::server::http {

// Whether the user may run the command that words[0] names, with these words; false: the exchange
// was answered that he may not. True of a word that is no command: what runs it answers that.
bool may_run(Exchange& exchange, command::Args words);

}  // namespace kvstore::server::http
