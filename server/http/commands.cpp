// POST /_/command, GET /_/commands: access to the command table.
#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "server/http/allowed.h"
#include "server/http/handlers.h"
#include "server/http/sinks.h"
#include "src/command/table.h"
#include "src/wire/http/json_body.h"

namespace kvstore::server::http {
namespace {

using OrderedJson = nlohmann::ordered_json;

void answer_result(Exchange& exchange, const JsonSink& sink, std::string& json,
                   const command::Session::Executed& done) {
  if (done.failure) return exchange.fail(wire::problem_of(done.failure->error));
  if (sink.problem()) return exchange.fail(wire::problem_of(*sink.problem()));
  json += "}\n";
  exchange.answer_json(200, json);
}

class LaterResult final : public LaterAnswer {
 public:
  explicit LaterResult(Exchange& exchange) : held_(exchange), sink_(exchange, held_, &json_) {}
  command::ReplySink& sink() override { return sink_; }
  void answer(Exchange& exchange, const command::Session::Executed& done) override {
    answer_result(exchange, sink_, json_, done);
  }

 private:
  std::string json_ = R"({"result":)";
  HeldMemory held_;
  JsonSink sink_;
};

OrderedJson flags_of(const command::Command& row) {
  constexpr std::pair<command::Flag, const char*> kNames[] = {
      {command::kRead, "read"},         {command::kWrite, "write"},
      {command::kAdmin, "admin"},       {command::kFast, "fast"},
      {command::kBlocking, "blocking"}, {command::kTransaction, "transaction"},
      {command::kNoAuth, "no-auth"}};
  OrderedJson names = OrderedJson::array();
  for (const auto& [flag, name] : kNames) {
    if (row.has(flag)) names.push_back(name);
  }
  return names;
}

bool is_about_connection(const command::Command& row, const command::Command& subcommand) {
  constexpr std::string_view kOfClient[] = {"NO-EVICT", "NO-TOUCH", "REPLY", "SETINFO", "SETNAME"};
  return row.name == "CLIENT" && std::find(std::begin(kOfClient), std::end(kOfClient),
                                           subcommand.name) != std::end(kOfClient);
}

// `above`: the command of a subcommand, or null.
OrderedJson json_of(const command::Command& row, const command::Command* above) {
  OrderedJson json;
  json["name"] = row.name;
  json["group"] = row.group.empty() && above != nullptr ? above->group : row.group;
  json["summary"] = row.summary;
  json["arguments"] = command::syntax(row);
  json["flags"] = flags_of(row);
  if (!row.alias_of.empty()) json["alias_of"] = row.alias_of;
  json["over_http"] = above != nullptr ? !find_barrier(*above) && !is_about_connection(*above, row)
                                       : !find_barrier(row);
  json["details"] = row.details;
  json["example"] = row.example;
  json["subcommands"] = OrderedJson::array();
  for (const command::Command& one : row.subcommands) {
    json["subcommands"].push_back(json_of(one, &row));
  }
  return json;
}

std::string all_commands() {
  OrderedJson all = OrderedJson::array();
  for (const command::Command& row : command::commands()) {
    if (!row.has(command::kHidden)) all.push_back(json_of(row, nullptr));
  }
  return OrderedJson{{"commands", std::move(all)}}.dump() + "\n";
}

wire::Problem about_a_connection(std::string_view what) {
  return {409, "STATE", fmt::format("{} is about a connection, and HTTP has none", what),
          "POST /_/batch is a transaction, If-Match a watch, ?follow follows, "
          "Authorization is who asks"};
}

const command::Command* subcommand_of(const command::Command& row, command::Args words) {
  return words.size() > 1 ? command::find_subcommand(row, words[1]) : nullptr;
}

// Blocking commands are included: they do not wait within a transaction.
bool is_of_data(const command::Command& row) {
  const bool reads_or_writes = row.has(command::kRead) || row.has(command::kWrite);
  const bool is_of_connection = row.has(command::kNoScript) && !row.has(command::kBlocking);
  return reads_or_writes && !row.has(command::kAdmin) && !is_of_connection;
}

}  // namespace

// Refuses commands about the connection: HTTP requests do not depend on one.
std::optional<wire::Problem> find_barrier(const command::Command& row) {
  constexpr std::string_view kOfConnections[] = {"AUTH",    "EXIT",    "FOLLOW", "HELLO",
                                                 "MONITOR", "ONERROR", "RESET",  "UNFOLLOW"};
  const std::string_view name = command::original(row).name;
  const bool is_of_channels = row.group == "pubsub" && name.ends_with("SUBSCRIBE");
  const bool is_barred = row.has(command::kTransaction) || is_of_channels ||
                         std::find(std::begin(kOfConnections), std::end(kOfConnections), name) !=
                             std::end(kOfConnections);
  if (!is_barred) return std::nullopt;
  return about_a_connection(name);
}

std::optional<wire::Problem> find_barrier(command::Args words) {
  const command::Command* const row = command::find_command(words[0]);
  if (row == nullptr) return std::nullopt;
  // SYNC without an argument concerns the store.
  if (row->name == "SYNC" && words.size() > 1) return about_a_connection("SYNC ON");
  if (auto barrier = find_barrier(*row)) return barrier;
  const command::Command* const one = subcommand_of(*row, words);
  if (one == nullptr || !is_about_connection(*row, *one)) return std::nullopt;
  return about_a_connection(fmt::format("{} {}", row->name, one->name));
}

std::optional<wire::Problem> find_barrier_in_batch(command::Args words) {
  if (auto barrier = find_barrier(words)) return barrier;
  const command::Command* const row = command::find_command(words[0]);
  if (row == nullptr) return std::nullopt;
  const command::Command* const one = subcommand_of(*row, words);
  if (is_of_data(one != nullptr ? *one : *row)) return std::nullopt;
  return wire::Problem{
      409, "STATE",
      fmt::format("{} neither reads nor writes data, and a batch is of such as do", row->name),
      "POST /_/command, by itself"};
}

void run_command(Exchange& exchange) {
  const Status memory = exchange.take_memory_to_parse();
  if (!memory) return exchange.fail(memory.error());
  auto words = kvstore::wire::http::parse_command_body(exchange.body);
  if (!words) return exchange.fail(words.error());
  const std::vector<std::string_view> argv(words->begin(), words->end());
  if (const auto barrier = find_barrier(argv)) return exchange.fail(*barrier);
  if (const auto too_long = exchange.find_too_long(argv)) return exchange.fail(*too_long);
  auto later = std::make_unique<LaterResult>(exchange);
  const auto done = exchange.run(argv, later->sink());
  if (done.waits) return exchange.wait(std::move(later), argv[0]);
  later->answer(exchange, done);
}

void list_commands(Exchange& exchange) {
  static const std::string kAll = all_commands();
  exchange.answer_json(200, kAll);
}

}  // namespace kvstore::server::http
