// What a query asks for, beside what there is to be asked: a word that is not understood is not
// dropped, for what is then done is something else than was asked for.
#pragma once

#include <optional>

#include "server/http/routes.h"
#include "src/wire/http/response.h"
#include "src/wire/http/target.h"

namespace kvstore::server::http {

// 400: a parameter that the row does not have, or that is given twice, beside one that excludes it,
// or with a value that it cannot have; or one that is needed and missing. nullopt: all is well.
std::optional<wire::Problem> find_bad_parameter(const Route& route, const wire::Target& target);

}  // namespace kvstore::server::http
