// Which commands of the table can be asked for by HTTP.
#pragma once

#include <optional>

#include "server/http/exchange.h"
#include "src/command/table.h"

namespace kvstore::server::http {

// Why not; nullopt: it can. (What is no command is for the session to say.)
std::optional<wire::Problem> find_barrier(command::Args words);
std::optional<wire::Problem> find_barrier(const command::Command& row);

}  // namespace kvstore::server::http
