// Shared by CLIENT and HELLO: the name of a connection, and the error of a missing server.
#pragma once

#include <string_view>

#include "src/command/call.h"
#include "src/command/failure.h"

namespace kvstore::command {

// Whether the name is printable, without blanks, and not too long.
bool is_client_name(std::string_view name);
Outcome name_session(Session& session, std::string_view name);
// kState in a shell or script, which have no other clients.
Checked<ServerControl*> needs_server(const Call& call);

}  // namespace kvstore::command
