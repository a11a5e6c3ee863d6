// A web page can make a browser POST lines of its choice to a local port: the header lines would be
// errors, but the body would be executed.
#pragma once

#include "src/command/table.h"

namespace kvstore::server {

// Whether a request comes from a web client. A GET request fails as a command, and its Host: line
// ends the connection. In RESP arguments are unambiguous, so only an unknown command can be meant
// for a web server.
bool is_web_request(command::Args argv, bool is_resp);

}  // namespace kvstore::server
