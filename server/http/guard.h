// Whom a browser speaks for. A page of anywhere can have a browser send requests here, with the
// user's own rights: nothing of another origin is carried out, and where no password keeps others
// out, a page whose name was made to point here (DNS rebinding) is not believed to be ours.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/wire/http/request.h"
#include "src/wire/http/response.h"
#include "src/wire/http/target.h"

namespace kvstore::server::http {

struct GuardRules {
  bool is_open = true;             // nobody needs a password
  std::vector<std::string> names;  // that the server may be called by
};

// Why the request is not carried out; nullopt: it is.
std::optional<kvstore::wire::http::Problem> find_intruder(const kvstore::wire::http::Head& head,
                                                          const kvstore::wire::http::Target& target,
                                                          const GuardRules& rules);
// "localhost", "[::1]:80", "10.0.0.1:8080": no name that somebody else could have point here.
bool is_own_host(std::string_view host, const std::vector<std::string>& names);

}  // namespace kvstore::server::http
