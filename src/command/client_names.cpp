#include "src/command/client_names.h"

#include <algorithm>

#include <fmt/core.h>

namespace kvstore::command {

bool is_client_name(std::string_view name) {
  return name.size() <= 256 &&
         std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c <= '~'; });
}

Outcome name_session(Session& session, std::string_view name) {
  if (!is_client_name(name)) {
    return fail(Failure(Code::kSyntax,
                        "a client's name is up to 256 printable characters without blanks",
                        "CLIENT SETNAME worker-1",
                        "ERR Client names cannot contain spaces, newlines or special characters."));
  }
  session.card().change_names([&](ClientCard::Names& names) { names.client = name; });
  return {};
}

Checked<ServerControl*> needs_server(const Call& call) {
  if (ServerControl* const control = call.session.server_control()) return control;
  return fail(Code::kState, fmt::format("{} is for the clients of a server", call.row.name),
              call.row.name == "SHUTDOWN" ? "QUIT, to leave this one" : "kvstore FILE --listen");
}

}  // namespace kvstore::command
