// Protects against requests that a foreign page makes a browser send with the user's own
// permissions: requests from another origin are refused. If no password is needed, requests for an
// unknown host name are refused as well, because a foreign name may point here (DNS rebinding).
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
  bool is_open = true;             // no password is needed
  std::vector<std::string> names;  // names by which the server may be called
};

// Why the request is refused; nullopt: it is not.
std::optional<kvstore::wire::http::Problem> find_intruder(const kvstore::wire::http::Head& head,
                                                          const kvstore::wire::http::Target& target,
                                                          const GuardRules& rules);
// True for "localhost", "[::1]:80", "10.0.0.1:8080" and the given names: hosts that cannot be a
// foreign name that points here.
bool is_own_host(std::string_view host, const std::vector<std::string>& names);

}  // namespace kvstore::server::http
