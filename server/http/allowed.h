// Which commands of the table can be asked for by HTTP.
#pragma once

#include <optional>

#include "server/http/exchange.h"
#include "src/command/table.h"

namespace kvstore::server::http {

// Why not; nullopt: it can. (What is no command is for the session to say.)
std::optional<wire::Problem> find_barrier(command::Args words);
std::optional<wire::Problem> find_barrier(const command::Command& row);
// The same within a batch, where only reads and writes of data can be: nothing else is taken back
// with it, or kept from being done once more with its next try.
std::optional<wire::Problem> find_barrier_in_batch(command::Args words);

}  // namespace kvstore::server::http
