// A web page can make a browser POST lines of its choice to a local port; the header
// lines would be errors, but the body would be executed.
#pragma once

#include "src/command/table.h"

namespace kvstore::server {

// Whether a request is of a web client. A GET is an error of its own, and its Host: line
// ends it. In RESP an argument is itself: there only what is no command can be meant for
// a web server.
bool is_web_request(command::Args argv, bool is_resp);

}  // namespace kvstore::server
