// POST /_/batch: executes all operations or none.
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "server/http/allowed.h"
#include "server/http/conditional.h"
#include "server/http/handlers.h"
#include "server/http/sinks.h"
#include "src/wire/http/json_body.h"

namespace kvstore::server::http {
namespace {

using kvstore::wire::http::Operation;

// `number` counts from 1.
wire::Problem of_operation(std::size_t number, wire::Problem problem) {
  problem.detail.insert(0, fmt::format("operation {}: ", number));
  return problem;
}

std::optional<wire::Problem> check_version(Exchange& exchange, const Operation& operation) {
  EntrySink entry;
  const auto looked = look_at(exchange, operation.key, {}, &entry);
  if (!looked) return looked.error();
  const auto version = entry.is_missing ? std::nullopt : std::optional(entry.version);
  if (version == operation.version) return std::nullopt;
  return precondition_failed(version);
}

std::optional<wire::Problem> execute(Exchange& exchange, const Operation& operation,
                                     HeldMemory& held, std::string* json) {
  if (operation.words.empty()) {
    *json += "true";
    return check_version(exchange, operation);
  }
  const std::vector<std::string_view> argv(operation.words.begin(), operation.words.end());
  JsonSink sink(exchange, held, json);
  const auto done = exchange.run(argv, sink);
  if (done.failure && !operation.is_as_given) {
    return about_ttl(wire::problem_in_http(done.failure->error));
  }
  if (done.failure) return wire::problem_of(done.failure->error);
  if (sink.problem()) return wire::problem_of(*sink.problem());
  return std::nullopt;
}

std::optional<wire::Problem> execute_all(Exchange& exchange,
                                         const std::vector<Operation>& operations,
                                         std::string* json) {
  *json = R"({"results":[)";
  HeldMemory held(exchange);
  for (std::size_t i = 0; i < operations.size(); ++i) {
    if (i > 0) *json += ',';
    if (auto problem = execute(exchange, operations[i], held, json)) {
      return of_operation(i + 1, std::move(*problem));
    }
    if (const Status taken = held.grow_to_text(json->size()); !taken) {
      return of_operation(i + 1, wire::problem_of(taken.error()));
    }
  }
  return std::nullopt;
}

// False: the batch conflicted with another write.
bool try_batch(Exchange& exchange, const std::vector<Operation>& operations) {
  command::Data& data = exchange.session.data();
  if (const Status begun = data.begin({}); !begun) return exchange.fail(begun.error()), true;
  std::string json;
  if (const auto problem = execute_all(exchange, operations, &json)) {
    data.rollback();
    return exchange.fail(*problem), true;
  }
  const bool writes = data.has_writes();
  if (writes) exchange.note_write();
  const Status committed = data.commit();
  if (!committed && committed.error().code == Code::kConflict) return false;
  if (!committed) return exchange.fail(committed.error()), true;
  json +=
      fmt::format(R"(],"version":{}}})", writes ? fmt::to_string(data.last_write().seq) : "null");
  exchange.answer_json(200, json + "\n");
  return true;
}

// Checks all operations before any is executed.
std::optional<wire::Problem> find_barrier_in(const Exchange& exchange,
                                             const std::vector<Operation>& operations) {
  for (std::size_t i = 0; i < operations.size(); ++i) {
    if (operations[i].words.empty()) continue;
    const std::vector<std::string_view> argv(operations[i].words.begin(),
                                             operations[i].words.end());
    auto barrier = find_barrier_in_batch(argv);
    if (!barrier) barrier = exchange.find_too_long(argv);
    if (barrier) return of_operation(i + 1, std::move(*barrier));
  }
  return std::nullopt;
}

}  // namespace

void run_batch(Exchange& exchange) {
  const Status memory = exchange.take_memory_to_parse();
  if (!memory) return exchange.fail(memory.error());
  const auto operations = kvstore::wire::http::parse_batch_body(exchange.body);
  if (!operations) return exchange.fail(operations.error());
  if (const auto barrier = find_barrier_in(exchange, *operations)) return exchange.fail(*barrier);
  for (int i = 0; i < kTries; ++i) {
    if (try_batch(exchange, *operations)) return;
  }
  exchange.fail(too_many_conflicts());
}

}  // namespace kvstore::server::http
