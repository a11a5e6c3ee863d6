// GET /: keys in order, by pages.
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "server/http/handlers.h"
#include "server/http/sinks.h"
#include "src/command/numbers.h"
#include "src/wire/http/conditions.h"

namespace kvstore::server::http {
namespace {

constexpr std::uint64_t kUsualLimit = 100;

struct Page {
  std::string_view prefix;
  std::optional<std::string_view> after;
  std::uint64_t limit = kUsualLimit;
  bool has_values = false;
  bool is_backwards = false;
};

Page page_asked(const Exchange& exchange) {
  Page page;
  page.prefix = exchange.parameter("prefix").value_or("");
  page.after = exchange.parameter("after");
  page.has_values = exchange.parameter("values").has_value();
  page.is_backwards = exchange.parameter("reverse").has_value();
  if (const auto limit = exchange.parameter("limit")) {
    page.limit = command::parse_unsigned(*limit).value_or(kUsualLimit);
  }
  return page;
}

// Requests one more key than is shown, to know whether there are more.
std::vector<std::string_view> words_of(const Page& page, const std::string& limit) {
  std::vector<std::string_view> words = {"PREFIX", page.prefix, "LIMIT", limit};
  if (page.after) words.insert(words.end(), {"AFTER", *page.after});
  if (page.is_backwards) words.emplace_back("REV");
  if (page.has_values) words.emplace_back("VALUES");
  return words;
}

std::string next_page(const Page& page, std::string_view last) {
  using kvstore::wire::http::percent_encode;
  return fmt::format("/?prefix={}&after={}&limit={}{}{}", percent_encode(page.prefix),
                     percent_encode(last), page.limit, page.has_values ? "&values" : "",
                     page.is_backwards ? "&reverse" : "");
}

// An upper bound: a string that grows by itself would take more memory than was accounted.
std::size_t json_size_of(const ListSink& list, const std::string& next) {
  constexpr std::size_t kOfItem = 32;
  std::size_t size = next.size() + 2 * kOfItem;
  for (const auto& item : list.items) {
    size += kOfItem + (item ? kvstore::wire::json_size(*item) : 0);
  }
  return size;
}

std::string json_of(const Page& page, const ListSink& list, std::string* next) {
  using kvstore::wire::append_json;
  const std::size_t width = page.has_values ? 2 : 1;
  const std::size_t count = list.items.size() / width;
  const std::size_t shown = std::min<std::size_t>(count, page.limit);
  if (count > shown) *next = next_page(page, *list.items[(shown - 1) * width]);
  std::string json;
  json.reserve(json_size_of(list, *next));
  json += R"({"items":[)";
  for (std::size_t i = 0; i < shown; ++i) {
    json += i == 0 ? R"({"key":)" : R"(,{"key":)";
    append_json(list.items[i * width].value_or(""), &json);
    if (page.has_values) {
      json += R"(,"value":)";
      const auto& value = list.items[i * width + 1];
      value ? append_json(*value, &json) : void(json += "null");
    }
    json += '}';
  }
  json += R"(],"next":)";
  json += next->empty() ? "null" : "\"" + *next + "\"";
  json += "}\n";
  return json;
}

// Whether a browser was led to the port: it gets the console.
bool is_visited(const Exchange& exchange) {
  using kvstore::wire::http::Preferred;
  return exchange.target.query.empty() &&
         kvstore::wire::http::preferred(exchange.head.field("Accept").value_or(""), wire::kJson,
                                        "text/html") == Preferred::kSecond;
}

}  // namespace

void list_keys(Exchange& exchange) {
  if (is_visited(exchange)) {
    wire::ResponseHead response{.status = 307};
    response.add("Location", "/_/");
    response.add("Vary", "Accept");
    return exchange.answer(std::move(response), {});
  }
  if (exchange.parameter("follow")) return follow_prefix(exchange);
  const Page page = page_asked(exchange);
  ListSink list(exchange);
  const auto done = exchange.run(words_of(page, fmt::to_string(page.limit + 1)), list);
  if (done.failure) return exchange.fail(done.failure->error);
  if (list.problem) return exchange.fail(*list.problem);
  std::string next;
  const std::string json = json_of(page, list, &next);
  wire::ResponseHead response{.content_type = wire::kJson};
  if (!next.empty()) response.add("Link", fmt::format("<{}>; rel=\"next\"", next));
  response.add("Vary", "Accept");
  exchange.answer(std::move(response), json);
}

}  // namespace kvstore::server::http
