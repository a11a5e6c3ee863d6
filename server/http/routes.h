// The resources of HTTP, one row for each resource and method. Dispatch, `Allow`, the check of
// query parameters (parameters.h) and the OpenAPI document are derived from it.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>

#include "server/http/exchange.h"

namespace kvstore::server::http {

struct Parameter {
  enum class In : std::uint8_t { kQuery, kHeader };
  enum class Type : std::uint8_t {
    kText,
    kFlag,     // present without a value, or with "true" or "1"
    kInteger,  // from `least` to `most`
    kPlace,    // an offset in a value, negative from the end; "new"; empty: 0
  };
  std::string_view name = {};
  In in = In::kQuery;
  Type type = Type::kText;
  std::string_view summary = {};
  std::string_view not_with = {};  // name of another parameter that excludes it
  bool is_needed = false;
  std::int64_t least = 0;
  std::int64_t most = std::numeric_limits<std::int64_t>::max();
};

struct Answer {
  unsigned status = 200;
  std::string_view content_type = {};  // empty: no content
  std::string_view schema = {};        // name in components/schemas; empty: any
  std::string_view summary = {};
};

struct Route {
  std::string_view method = {};
  std::string_view path = {};  // "/{key}", "/_/batch"
  std::string_view id = {};    // of the operation
  std::string_view summary = {};
  void (*handler)(Exchange& exchange) = nullptr;
  // The command it resembles, for CLIENT PAUSE; empty: CLIENT PAUSE does not hold it.
  std::string_view command = {};
  bool is_public = false;      // needs no login
  std::string_view body = {};  // schema of the request body; empty: none
  std::span<const Parameter> parameters = {};
  std::span<const Answer> answers = {};  // besides problems
  bool takes_any_query = false;          // a file for browsers: the query is ignored
};

inline constexpr std::string_view kAsGiven = "*";  // Route::command: as the body says

std::span<const Route> routes();

// The row of a request. nullptr: there is no such resource, or not with this method; `allowed` is
// then the list of methods, "GET, HEAD", or empty.
const Route* find_route(std::string_view method, std::string_view path, std::string* allowed);

}  // namespace kvstore::server::http
