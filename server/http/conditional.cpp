#include "server/http/conditional.h"

#include <utility>
#include <vector>

#include <fmt/format.h>

#include "src/command/quote.h"

namespace kvstore::server::http {
namespace {

using kvstore::wire::http::version_list;

tl::unexpected<wire::Problem> unmet(std::optional<std::uint64_t> version) {
  return tl::unexpected(precondition_failed(version));
}

tl::unexpected<wire::Problem> failed(const Error& error) {
  return tl::unexpected(wire::problem_in_http(error));
}

std::optional<std::uint64_t> version_in(const EntrySink& entry) {
  return entry.is_missing ? std::nullopt : std::optional(entry.version);
}

tl::expected<Performed, wire::Problem> perform_plain(Exchange& exchange, command::Args words) {
  OutcomeSink sink;
  const auto done = exchange.run(words, sink);
  if (done.failure) return failed(done.failure->error);
  const Written& written = exchange.session.data().last_write();
  return Performed{written.existed, sink.is_missing, sink.number, written.seq};
}

// One try. nullopt: it conflicted with another write.
tl::expected<std::optional<Performed>, wire::Problem> try_to_perform(Exchange& exchange,
                                                                     const Conditions& conditions,
                                                                     std::string_view key,
                                                                     command::Args words) {
  command::Data& data = exchange.session.data();
  EntrySink entry;
  if (const auto looked = look_at(exchange, key, {}, &entry); !looked) {
    return tl::unexpected(looked.error());
  }
  if (!conditions.hold(version_in(entry))) return unmet(version_in(entry));
  OutcomeSink sink;
  const auto done = exchange.run(words, sink);
  if (done.failure) return failed(done.failure->error);
  exchange.note_write();
  const Status committed = data.commit();
  if (!committed && committed.error().code == Code::kConflict) return std::nullopt;
  if (!committed) return failed(committed.error());
  return Performed{!entry.is_missing, sink.is_missing, sink.number, data.last_write().seq};
}

}  // namespace

bool Conditions::hold(std::optional<std::uint64_t> version) const {
  if (match && !(version && (match->is_any || match->names(*version)))) return false;
  return !(none_match && version && (none_match->is_any || none_match->names(*version)));
}

tl::expected<Conditions, wire::Problem> conditions_of(const Exchange& exchange) {
  Conditions conditions{version_list(exchange.head, "If-Match"),
                        version_list(exchange.head, "If-None-Match")};
  const bool is_usable = !(conditions.match && conditions.match->is_unusable) &&
                         !(conditions.none_match && conditions.none_match->is_unusable);
  if (is_usable) return conditions;
  return tl::unexpected(wire::Problem{400, "SYNTAX", "a condition names no version",
                                      "If-Match: \"17\", with the quotes that ETag has"});
}

tl::expected<void, wire::Problem> look_at(Exchange& exchange, std::string_view key,
                                          std::string_view at, EntrySink* entry) {
  std::vector<std::string_view> words = {"READ", key, "0", "0"};
  if (!at.empty()) words.insert(words.end(), {"AT", at});
  words.emplace_back("META");
  const auto done = exchange.run(words, *entry);
  if (done.failure) return failed(done.failure->error);
  return {};
}

tl::expected<Performed, wire::Problem> perform(Exchange& exchange, const Conditions& conditions,
                                               std::string_view key, command::Args words) {
  if (conditions.are_none()) return perform_plain(exchange, words);
  command::Data& data = exchange.session.data();
  for (int i = 0; i < kTries; ++i) {
    if (const Status begun = data.begin({}); !begun) return failed(begun.error());
    auto performed = try_to_perform(exchange, conditions, key, words);
    if (data.in_transaction()) data.rollback();
    if (!performed) return tl::unexpected(std::move(performed.error()));
    if (*performed) return **performed;
  }
  return tl::unexpected(too_many_conflicts());
}

wire::Problem precondition_failed(std::optional<std::uint64_t> version) {
  if (!version) {
    return {412, "CONFLICT", "nothing was done: the key is not there",
            "If-None-Match: *, to make it"};
  }
  wire::Problem problem{412, "CONFLICT",
                        fmt::format("nothing was done: the key is of version {}", *version),
                        "GET it again, and decide again"};
  problem.fields.emplace_back("ETag", kvstore::wire::http::etag_of(*version));
  return problem;
}

wire::Problem about_ttl(wire::Problem problem) {
  if (problem.code == "NUMBER") {
    problem.hint = R"("ttl": 3600, in seconds; null, or no ttl: it never expires)";
  }
  return problem;
}

wire::Problem no_such_key(std::string_view key, bool at_a_time) {
  const std::string shown = command::quote(key.substr(0, 256));
  return {404, "NIL",
          at_a_time ? fmt::format("there was no key {} then", shown)
                    : fmt::format("there is no key {}", shown)};
}

wire::Problem too_many_conflicts() {
  return {409, "CONFLICT", "others write what this reads, again and again", "try it once more"};
}

}  // namespace kvstore::server::http
