#include "server/http/exchange.h"

#include <utility>

#include <fmt/format.h>

#include "src/wire/http/json_body.h"

namespace kvstore::server::http {

Status Exchange::take_memory(std::size_t bytes) {
  if (answerer_.take_memory(bytes)) return {};
  return kvstore::fail(Code::kLimit, "this would take more memory than is left to all connections",
                       "try again later, ask for less, or raise the server's --max-buffered");
}

Status Exchange::take_memory_to_parse() {
  return take_memory(kvstore::wire::http::memory_to_parse(body));
}

std::optional<wire::Problem> Exchange::find_too_long(command::Args words) const {
  const std::size_t most = shared.config.max_request;
  for (const std::string_view word : words) {
    if (word.size() <= most) continue;
    return wire::Problem{413, "TOOBIG",
                         fmt::format("the value has {} bytes, the limit is {}", word.size(), most),
                         std::string(kInPieces)};
  }
  return std::nullopt;
}

void Exchange::answer(wire::ResponseHead response, std::string_view content) {
  answerer_.send(std::move(response), content);
}

void Exchange::answer_json(unsigned status, std::string_view json) {
  answer({.status = status, .content_type = wire::kJson}, json);
}

void Exchange::stream(wire::ResponseHead response, std::unique_ptr<command::ReplyStream> content) {
  answerer_.send(std::move(response), std::move(content));
}

void Exchange::fail(const wire::Problem& problem) {
  wire::ResponseHead response{.status = problem.status, .content_type = wire::kProblem};
  for (const auto& [name, value] : problem.fields) response.add(name, value);
  if (problem.status == 401) {
    response.add("WWW-Authenticate", "Basic realm=\"kvstore\", charset=\"UTF-8\"");
  }
  if (problem.status == 204) response.content_type = {};
  answerer_.send(std::move(response), wire::problem_json(problem));
}

}  // namespace kvstore::server::http
