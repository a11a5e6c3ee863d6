// Which commands of the table are available over HTTP.
#pragma once

#include <optional>

#include "server/http/exchange.h"
#include "src/command/table.h"

namespace kvstore::server::http {

// Why the command is not available; nullopt: it is. (Unknown commands are left to the session.)
std::optional<wire::Problem> find_barrier(command::Args words);
std::optional<wire::Problem> find_barrier(const command::Command& row);
// The same within a batch, which may only contain reads and writes of data: nothing else is rolled
// back with it, or could be repeated by another try.
std::optional<wire::Problem> find_barrier_in_batch(command::Args words);

}  // namespace kvstore::server::http
