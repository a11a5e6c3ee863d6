// What can be asked for by HTTP: one row a resource and method. Dispatch, `Allow`, which parameters
// of a query are taken (parameters.h) and the OpenAPI document come from it.
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
    kFlag,     // it is there, without a value or with "true" or "1"
    kInteger,  // from `least` to `most`
    kPlace,    // in a value: an offset, negative from the end; "new"; nothing: 0
  };
  std::string_view name = {};
  In in = In::kQuery;
  Type type = Type::kText;
  std::string_view summary = {};
  std::string_view not_with = {};  // the name of another, beside which it means nothing
  bool is_needed = false;
  std::int64_t least = 0;
  std::int64_t most = std::numeric_limits<std::int64_t>::max();
};

struct Answer {
  unsigned status = 200;
  std::string_view content_type = {};  // empty: there is no content
  std::string_view schema = {};        // of components/schemas; empty: any
  std::string_view summary = {};
};

struct Route {
  std::string_view method = {};
  std::string_view path = {};  // "/{key}", "/_/batch"
  std::string_view id = {};    // of the operation
  std::string_view summary = {};
  void (*handler)(Exchange& exchange) = nullptr;
  // The one it is, roughly, for CLIENT PAUSE; empty: that does not hold it.
  std::string_view command = {};
  bool is_public = false;      // needs no login
  std::string_view body = {};  // the schema of what it takes; empty: nothing
  std::span<const Parameter> parameters = {};
  std::span<const Answer> answers = {};  // beside problems
  bool takes_any_query = false;          // a file, for browsers: nothing is made of the query
};

inline constexpr std::string_view kAsGiven = "*";  // Route::command: what the body says

std::span<const Route> routes();

// The row of a request. nullptr: there is no such resource, or not with this method; then `allowed`
// is what it could be, "GET, HEAD", or empty.
const Route* find_route(std::string_view method, std::string_view path, std::string* allowed);

}  // namespace kvstore::server::http
