// Single keys: GET and HEAD, PUT, POST ?append, DELETE.
#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "server/http/conditional.h"
#include "server/http/handlers.h"
#include "server/http/rights.h"
#include "server/http/sinks.h"
#include "src/base/human.h"
#include "src/command/numbers.h"
#include "src/command/quote.h"
#include "src/command/words.h"
#include "src/wire/http/conditions.h"
#include "src/wire/http/json_body.h"

namespace kvstore::server::http {
namespace {

using kvstore::wire::append_json;
using kvstore::wire::http::accepts;
using kvstore::wire::http::etag_of;
using kvstore::wire::http::media_type;
using kvstore::wire::http::parse_range;
using kvstore::wire::http::Preferred;
using kvstore::wire::http::preferred;
using kvstore::wire::http::RangeAsked;

// --- GET

enum class Form : std::uint8_t { kJson, kBytes, kText };

bool is_as_stored(Form form) { return form != Form::kJson; }

std::string_view type_of(Form form) {
  constexpr std::string_view kTypes[] = {wire::kJson, wire::kBytes, wire::kText};
  return kTypes[static_cast<std::size_t>(form)];
}

// The form to send: JSON unless Accept prefers another one; bytes if a range is requested, unless
// as JSON. nullopt: the client accepts none.
std::optional<Form> form_asked(const Exchange& exchange) {
  const std::string_view accept = exchange.head.field("Accept").value_or("");
  Form form = Form::kJson;
  for (const Form other : {Form::kBytes, Form::kText}) {
    if (preferred(accept, type_of(form), type_of(other)) == Preferred::kSecond) form = other;
  }
  const bool names_json = preferred(accept, wire::kBytes, wire::kJson) == Preferred::kSecond;
  if (form == Form::kJson && exchange.head.field("Range") && !names_json) form = Form::kBytes;
  return accepts(accept, type_of(form)) ? std::optional(form) : std::nullopt;
}

wire::Problem not_acceptable(const Exchange& exchange) {
  const std::string_view accept = exchange.head.field("Accept").value_or("");
  return {406, "UNKNOWN",
          fmt::format("a value cannot be had as {}", command::quote(accept.substr(0, 64))),
          fmt::format("Accept: {}, {} or {}", wire::kJson, wire::kBytes, wire::kText)};
}

RangeAsked range_asked(const Exchange& exchange, bool is_bytes) {
  const auto range = exchange.head.field("Range");
  // Range is ignored for HEAD (RFC 9110, 14.2).
  return range && is_bytes && !exchange.is_head() ? parse_range(*range) : RangeAsked();
}

wire::ResponseHead head_of(const EntrySink& entry, Form form) {
  constexpr std::string_view kUtf8 = "text/plain; charset=utf-8";
  wire::ResponseHead response{.content_type = form == Form::kText ? kUtf8 : type_of(form)};
  response.add("ETag", etag_of(entry.version));
  response.add("Vary", "Accept");
  // Prevents a browser that is led to a value from running it with the console's permissions.
  response.add("Content-Security-Policy", "default-src 'none'; sandbox");
  if (is_as_stored(form)) response.add("Accept-Ranges", "bytes");
  response.add("X-Kvstore-Size", fmt::to_string(entry.size));
  if (const auto ttl = entry.ttl_s()) response.add("X-Kvstore-Ttl", fmt::to_string(*ttl));
  return response;
}

constexpr std::size_t kUncounted = std::size_t{16} << 10;
constexpr std::size_t kMostAround = 256;  // bytes of JSON besides a key and its value

std::string json_of(std::string_view key, const EntrySink& entry, std::size_t size) {
  std::string json;
  json.reserve(size);
  json += R"({"key":)";
  append_json(key, &json);
  json += R"(,"value":)";
  append_json(entry.bytes, &json);
  const auto ttl = entry.ttl_s();
  fmt::format_to(std::back_inserter(json), R"(,"ttl":{},"version":{},"time":"{}"}})",
                 ttl ? fmt::to_string(*ttl) : "null", entry.version, entry.time);
  json += '\n';
  return json;
}

// The length of JSON is known only once it is made: HEAD, which makes none, omits it.
void answer_json(Exchange& exchange, EntrySink& entry) {
  if (exchange.is_head() && entry.size <= exchange.shared.config.max_request) {
    wire::ResponseHead response = head_of(entry, Form::kJson);
    response.content_length = std::nullopt;
    return exchange.answer(std::move(response), {});
  }
  if (entry.content) {
    auto value = read_all(exchange, *entry.content);
    if (!value) {
      wire::Problem problem = wire::problem_in_http(value.error());
      if (value.error().code == Code::kTooBig) problem.status = 406;
      return exchange.fail(problem);
    }
    entry.bytes = std::move(*value);
  }
  using kvstore::wire::json_size;
  const std::size_t size = json_size(exchange.target.key) + json_size(entry.bytes) + kMostAround;
  // Twice: the text, and its copy for the socket.
  const Status memory = size > kUncounted ? exchange.take_memory(2 * size) : Status();
  if (!memory) return exchange.fail(memory.error());
  exchange.answer(head_of(entry, Form::kJson), json_of(exchange.target.key, entry, size));
}

void answer_bytes(Exchange& exchange, EntrySink& entry, const RangeAsked& asked, Form form) {
  wire::ResponseHead response = head_of(entry, form);
  if (asked.what == RangeAsked::What::kPart) {
    const auto part = resolve(asked, entry.size);
    if (!part) {
      wire::Problem problem{
          416, "NUMBER",
          fmt::format("the value has {}, and none there", plural(entry.size, "byte"))};
      problem.fields.emplace_back("Content-Range", fmt::format("bytes */{}", entry.size));
      return exchange.fail(problem);
    }
    response.status = 206;
    response.add("Content-Range",
                 fmt::format("bytes {}-{}/{}", part->begin, part->end - 1, entry.size));
  }
  if (entry.content) return exchange.stream(std::move(response), std::move(entry.content));
  exchange.answer(std::move(response), entry.bytes);
}

// The command: GET, or READ for a range, with its numbers stored in `numbers`.
std::vector<std::string_view> reading_words(const Exchange& exchange, const RangeAsked& asked,
                                            std::string (&numbers)[2]) {
  const std::string_view key = exchange.target.key;
  std::vector<std::string_view> words = {"GET", key};
  if (asked.what == RangeAsked::What::kPart) {
    constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();
    const std::uint64_t begin = std::min(asked.first.value_or(0), kMost);
    const std::uint64_t suffix = std::min(asked.suffix.value_or(0), kMost);
    const std::uint64_t last = std::min(asked.last.value_or(kMost), kMost - 1);
    numbers[0] = asked.suffix ? fmt::format("-{}", suffix) : fmt::to_string(begin);
    numbers[1] = asked.suffix ? fmt::to_string(suffix)
                              : fmt::to_string(last >= begin ? last - begin + 1 : 0);
    words = {"READ", key, numbers[0], numbers[1]};
  }
  if (const auto at = exchange.parameter("at")) words.insert(words.end(), {"AT", *at});
  words.emplace_back("META");
  return words;
}

// The problem of a bad number, which must be `at`, because a Range was checked before.
wire::Problem bad_at(const Error& error) {
  wire::Problem problem = wire::problem_of(error);
  problem.hint = "at=17 (a version), at=2026-03-01T14:30Z, at=@1772373600 or at=-5m";
  return problem;
}

// False: the exchange was answered with the problem.
bool read(Exchange& exchange, const RangeAsked& asked, EntrySink* entry) {
  std::string numbers[2];
  const auto done = exchange.run(reading_words(exchange, asked, numbers), *entry);
  if (done.failure && done.failure->error.code == Code::kNumber)
    exchange.fail(bad_at(done.failure->error));
  else if (done.failure)
    exchange.fail(done.failure->error);
  else if (entry->is_missing)
    exchange.fail(no_such_key(exchange.target.key, exchange.parameter("at").has_value()));
  return !done.failure && !entry->is_missing;
}

// Conditions concern the version that was read, whose bytes are sent. True: one does not hold, and
// the exchange was answered so.
bool answers_by_version(Exchange& exchange, const Conditions& conditions, const EntrySink& entry,
                        Form form) {
  if (conditions.hold(entry.version)) return false;
  const bool is_match = !conditions.match || Conditions{conditions.match, {}}.hold(entry.version);
  if (!is_match) return exchange.fail(precondition_failed(entry.version)), true;
  wire::ResponseHead response = head_of(entry, form);
  response.status = 304;
  response.content_type = {};
  return exchange.answer(std::move(response), {}), true;
}

// --- Bodies

bool is_json(const Exchange& exchange) {
  const std::string type = media_type(exchange.head.field("Content-Type").value_or(""));
  return type != wire::kBytes && type != wire::kText;
}

tl::expected<kvstore::wire::http::ValueBody, wire::Problem> take_body(Exchange& exchange,
                                                                      bool takes_ttl) {
  kvstore::wire::http::ValueBody body;
  const auto ttl = exchange.parameter("ttl");
  if (is_json(exchange)) {
    const Status memory = exchange.take_memory_to_parse();
    if (!memory) return tl::unexpected(wire::problem_in_http(memory.error()));
    auto parsed = kvstore::wire::http::parse_value_body(exchange.body, takes_ttl);
    if (!parsed) return tl::unexpected(wire::problem_in_http(parsed.error()));
    body = std::move(*parsed);
    if (body.ttl && ttl) {
      return tl::unexpected(wire::Problem{400, "SYNTAX", "ttl is given twice"});
    }
  } else {
    body.value = exchange.body;
  }
  // As the command accepts it: without leading zeros.
  if (ttl && takes_ttl) body.ttl = fmt::to_string(command::parse_integer(*ttl).value_or(0));
  const std::string_view words[] = {body.value};
  if (auto too_long = exchange.find_too_long(words)) return tl::unexpected(std::move(*too_long));
  return body;
}

std::string written_json(const Exchange& exchange, const Performed& performed,
                         std::string_view more) {
  std::string json = R"({"key":)";
  append_json(exchange.target.key, &json);
  fmt::format_to(std::back_inserter(json), R"({},"version":{}}})", more, performed.version);
  return json + "\n";
}

void answer_written(Exchange& exchange, unsigned status, const Performed& performed,
                    std::string_view more) {
  wire::ResponseHead response{.status = status, .content_type = wire::kJson};
  response.add("ETag", etag_of(performed.version));
  exchange.answer(std::move(response), written_json(exchange, performed, more));
}

}  // namespace

void get_key(Exchange& exchange) {
  if (exchange.parameter("follow")) return follow_key(exchange);
  const auto conditions = conditions_of(exchange);
  if (!conditions) return exchange.fail(conditions.error());
  const auto form = form_asked(exchange);
  if (!form) return exchange.fail(not_acceptable(exchange));
  RangeAsked asked = range_asked(exchange, is_as_stored(*form));
  EntrySink entry;
  if (!read(exchange, asked, &entry)) return;
  const auto if_range = exchange.head.field("If-Range");
  if (asked.what == RangeAsked::What::kPart && if_range && *if_range != etag_of(entry.version)) {
    asked = {};
    entry = EntrySink();
    if (!read(exchange, asked, &entry)) return;
  }
  if (answers_by_version(exchange, *conditions, entry, *form)) return;
  is_as_stored(*form) ? answer_bytes(exchange, entry, asked, *form) : answer_json(exchange, entry);
}

void put_key(Exchange& exchange) {
  auto conditions = conditions_of(exchange);
  if (!conditions) return exchange.fail(conditions.error());
  const auto body = take_body(exchange, true);
  if (!body) return exchange.fail(body.error());
  std::vector<std::string_view> words = {"SET", exchange.target.key, body->value};
  if (body->ttl) words.insert(words.end(), {"EX", *body->ttl});
  // SET itself checks whether the key exists.
  const bool only_new = conditions->none_match && conditions->none_match->is_any;
  const bool only_old = conditions->match && conditions->match->is_any;
  const bool is_plain = (only_new && !conditions->match) || (only_old && !conditions->none_match);
  const std::string_view look[] = {"READ", exchange.target.key, "0", "0"};
  if (is_plain && !may_run(exchange, look)) return;
  if (is_plain) words.emplace_back(only_new ? "NX" : "XX");
  const auto performed =
      perform(exchange, is_plain ? Conditions() : *conditions, exchange.target.key, words);
  if (!performed) return exchange.fail(about_ttl(performed.error()));
  if (performed->is_missing) {
    return exchange.fail(wire::Problem{412, "CONFLICT",
                                       only_new ? "nothing was done: the key is there"
                                                : "nothing was done: the key is not there"});
  }
  const bool existed = performed->existed || (is_plain && only_old);
  std::string more;
  if (body->ttl) more = fmt::format(R"(,"ttl":{})", *body->ttl);
  answer_written(exchange, existed ? 200 : 201, *performed, more);
}

void append_key(Exchange& exchange) {
  const auto conditions = conditions_of(exchange);
  if (!conditions) return exchange.fail(conditions.error());
  const auto body = take_body(exchange, false);
  if (!body) return exchange.fail(body.error());
  const std::string_view words[] = {"APPEND", exchange.target.key, body->value};
  const auto performed = perform(exchange, *conditions, exchange.target.key, words);
  if (!performed) return exchange.fail(performed.error());
  answer_written(exchange, 200, *performed, fmt::format(R"(,"length":{})", performed->number));
}

void delete_key(Exchange& exchange) {
  const auto conditions = conditions_of(exchange);
  if (!conditions) return exchange.fail(conditions.error());
  const std::string_view words[] = {"DELETE", exchange.target.key};
  const auto performed = perform(exchange, *conditions, exchange.target.key, words);
  if (!performed) return exchange.fail(performed.error());
  if (performed->is_missing) return exchange.fail(no_such_key(exchange.target.key));
  exchange.answer({.status = 204}, {});
}

}  // namespace kvstore::server::http
