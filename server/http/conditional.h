// Writes that are carried out only if the key is of the version that the client has seen: If-Match,
// If-None-Match. The look and the write are one transaction, so nobody's write comes in between.
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
  // `version`: of the key now; nullopt: it is not there.
  bool hold(std::optional<std::uint64_t> version) const;
};
tl::expected<Conditions, wire::Problem> conditions_of(const Exchange& exchange);

// What READ key 0 0 META answers.
tl::expected<void, wire::Problem> look_at(Exchange& exchange, std::string_view key,
                                          std::string_view at, EntrySink* entry);

struct Performed {
  bool existed = false;       // before
  bool is_missing = false;    // it answered NIL: nothing was done
  std::int64_t number = 0;    // that it answered
  std::uint64_t version = 0;  // of what was written
};
// Runs `words`, a write of that key. 412: the conditions do not hold.
tl::expected<Performed, wire::Problem> perform(Exchange& exchange, const Conditions& conditions,
                                               std::string_view key, command::Args words);

wire::Problem precondition_failed(std::optional<std::uint64_t> version);
wire::Problem no_such_key(std::string_view key);
// A write's problem with a number, of which it has one, says how that is given.
wire::Problem about_ttl(wire::Problem problem);
// What a transaction that others' writes have spoilt again and again is answered.
wire::Problem too_many_conflicts();
inline constexpr int kTries = 16;

}  // namespace kvstore::server::http
