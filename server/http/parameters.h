// Checks the parameters of a query. An unknown one is an error, because to ignore it would do
// something else than requested.
#pragma once

#include <optional>

#include "server/http/routes.h"
#include "src/wire/http/response.h"
#include "src/wire/http/target.h"

namespace kvstore::server::http {

// 400: an unknown or repeated parameter, one that another excludes, an invalid value, or a missing
// required parameter. nullopt: the query is valid.
std::optional<wire::Problem> find_bad_parameter(const Route& route, const wire::Target& target);

}  // namespace kvstore::server::http
