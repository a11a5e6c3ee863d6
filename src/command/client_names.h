// What CLIENT and HELLO share: the connection's name; and what needs a server.
#pragma once

#include <string_view>

#include "src/command/call.h"
#include "src/command/failure.h"

namespace kvstore::command {

// Printable, without blanks, not too long.
bool is_client_name(std::string_view name);
Outcome name_session(Session& session, std::string_view name);
// kState in a shell or script: there are no other clients.
Checked<ServerControl*> needs_server(const Call& call);

}  // namespace kvstore::command
