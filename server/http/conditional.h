// Conditional writes: executed only if the key has the version that the client has seen (If-Match,
// If-None-Match). The check and the write are one transaction, so no other write comes in between.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include <tl/expected.hpp>

#include "server/http/exchange.h"
#include "server/http/sinks.h"
#include "src/wire/http/conditions.h"

namespace kvstore::server::http {

struct Conditions {
  std::optional<kvstore::wire::http::VersionList> match;
  std::optional<kvstore::wire::http::VersionList> none_match;

  bool are_none() const { return !match && !none_match; }
  // `version` is the key's present version; nullopt: the key is missing.
  bool hold(std::optional<std::uint64_t> version) const;
};
tl::expected<Conditions, wire::Problem> conditions_of(const Exchange& exchange);

// The reply of READ key 0 0 META.
tl::expected<void, wire::Problem> look_at(Exchange& exchange, std::string_view key,
                                          std::string_view at, EntrySink* entry);

struct Performed {
  bool existed = false;       // before the write
  bool is_missing = false;    // the reply was NIL: nothing was done
  std::int64_t number = 0;    // the reply, if a number
  std::uint64_t version = 0;  // the version written
};
// Executes `words`, a write of the key. 412: the conditions do not hold.
tl::expected<Performed, wire::Problem> perform(Exchange& exchange, const Conditions& conditions,
                                               std::string_view key, command::Args words);

wire::Problem precondition_failed(std::optional<std::uint64_t> version);
// `at_a_time`: it was to be read as of a time, and may be there now.
wire::Problem no_such_key(std::string_view key, bool at_a_time = false);
// Adds to a problem with a number in a write, which can only be the TTL, how to give it.
wire::Problem about_ttl(wire::Problem problem);
// The problem of a transaction that conflicted with other writes on every try.
wire::Problem too_many_conflicts();
inline constexpr int kTries = 16;

}  // namespace kvstore::server::http
