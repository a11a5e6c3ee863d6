#include "tests/fuzz/http_check.h"

#include <string>
#include <vector>

#include <fmt/format.h>

#include "src/wire/http/conditions.h"
#include "src/wire/http/json_body.h"
#include "src/wire/http/parser.h"
#include "src/wire/http/target.h"
#include "tests/fuzz/pieces.h"

namespace kvstore::fuzz {
namespace {

using wire::http::Head;
using wire::http::Parser;
using wire::http::ParserLimits;

ParserLimits http_limits(bool tiny) {
  if (!tiny) return {};
  return {.max_line = 60, .max_fields = 120, .max_field_count = 6, .max_body = 20};
}

struct Requests {
  std::string log;
  std::string error;  // that ends them
  std::string plain;  // the same, said again
  std::vector<std::string> bodies;
  std::vector<std::string> targets;
  bool is_over_limit = false;
};

std::string plainly(const Head& head, const std::string& body) {
  std::string text =
      fmt::format("{} {} HTTP/1.{}\r\n", head.method, head.target, head.minor_version);
  for (const auto& field : head.fields) {
    const bool is_framing = wire::http::media_type(field.name) == "transfer-encoding" ||
                            wire::http::media_type(field.name) == "content-length" ||
                            wire::http::media_type(field.name) == "trailer";
    if (!is_framing) text += fmt::format("{}: {}\r\n", field.name, field.value);
  }
  return text + fmt::format("Content-Length: {}\r\n\r\n{}", body.size(), body);
}

void take_request(const Parser& parser, const ParserLimits& limits, Requests* all) {
  const Head& head = parser.head();
  const std::string& body = parser.body();
  all->log += fmt::format("{} [{}] {} {} [{}]\n", head.method, head.target, head.minor_version,
                          head.keeps_alive, body);
  all->plain += plainly(head, body);
  all->bodies.push_back(body);
  all->targets.emplace_back(head.target);
  all->is_over_limit |= body.size() > limits.max_body || head.target.size() > limits.max_line ||
                        head.fields.size() > limits.max_field_count || head.count("Host") > 1;
}

Requests read_requests(const std::vector<std::string_view>& pieces, const ParserLimits& limits,
                       const FeedHook& hook) {
  Parser parser(limits);
  Requests all;
  for (const std::string_view piece : pieces) {
    parser.feed(hook ? hook(piece) : piece);
    while (true) {
      const Parser::Event event = parser.next();
      if (event == Parser::Event::kNeedInput) break;
      if (event == Parser::Event::kRequest) take_request(parser, limits, &all);
      if (event != Parser::Event::kError) continue;
      all.error = fmt::format("{} {}", parser.error().status, parser.error().message);
      return all;
    }
  }
  return all;
}

Finding check_parts(const Requests& all) {
  for (const std::string& target : all.targets) {
    const auto parsed = wire::http::parse_target(target);
    if (!parsed || parsed->path == "*") continue;
    const auto again = wire::http::percent_decode(wire::http::percent_encode(parsed->key), false);
    if (again != parsed->key) return "a key that was encoded is another one: " + target;
  }
  for (const std::string& body : all.bodies) {
    (void)wire::http::parse_value_body(body, true);
    (void)wire::http::parse_command_body(body);
    (void)wire::http::parse_batch_body(body);
    const auto range = wire::http::parse_range(body);
    if (range.what != wire::http::RangeAsked::What::kPart) continue;
    const auto part = wire::http::resolve(range, 1000);
    if (part && (part->begin >= part->end || part->end > 1000)) return "a range is past the end";
  }
  return {};
}

}  // namespace

Finding check_http(Input input, const FeedHook& hook) {
  const Cut made = cut(input);
  const ParserLimits limits = http_limits(made.tiny);
  const Requests whole = read_requests({made.text}, limits, {});
  const Requests pieces = read_requests(made.pieces, limits, hook);
  if (whole.log != pieces.log || whole.error != pieces.error) {
    return fmt::format("fed in pieces it is\n{}{}\nand whole it was\n{}{}", pieces.log,
                       pieces.error, whole.log, whole.error);
  }
  if (whole.is_over_limit) return "a request is over a limit";
  // A length says itself, and is one more field than may have been there.
  const Requests again = read_requests({whole.plain}, ParserLimits{.max_field_count = 200}, {});
  if (again.log != whole.log || !again.error.empty()) {
    return fmt::format("said again it is\n{}{}\nand was\n{}", again.log, again.error, whole.log);
  }
  return check_parts(whole);
}

}  // namespace kvstore::fuzz
