// The OpenAPI document, generated from the rows of routes.h.
#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "server/http/handlers.h"
#include "server/http/routes.h"
#include "src/base/status.h"
#include "src/command/words.h"

namespace kvstore::server::http {
namespace {

using OrderedJson = nlohmann::ordered_json;

constexpr std::string_view kSchemas = R"json({
  "Bytes": {"description": "text, or what is not UTF-8 in base64", "oneOf": [{"type": "string"},
    {"type": "object", "required": ["base64"], "properties": {"base64": {"type": "string", "format": "byte"}}}]},
  "Value": {"type": "object", "required": ["value"], "properties": {"value": {"$ref": "#/components/schemas/Bytes"},
    "ttl": {"type": "integer", "minimum": 1, "maximum": 250000000000, "nullable": true,
      "description": "seconds to live; null: for ever"}}},
  "Addition": {"type": "object", "required": ["value"], "properties": {"value": {"$ref": "#/components/schemas/Bytes"}}},
  "Entry": {"type": "object", "required": ["key", "value", "ttl", "version", "time"], "properties": {
    "key": {"$ref": "#/components/schemas/Bytes"}, "value": {"$ref": "#/components/schemas/Bytes"},
    "ttl": {"type": "integer", "nullable": true}, "version": {"type": "integer"},
    "time": {"type": "string", "format": "date-time"}}},
  "Written": {"type": "object", "required": ["key", "version"], "properties": {
    "key": {"$ref": "#/components/schemas/Bytes"}, "ttl": {"type": "integer"}, "version": {"type": "integer"}}},
  "Appended": {"type": "object", "required": ["key", "length", "version"], "properties": {
    "key": {"$ref": "#/components/schemas/Bytes"}, "length": {"type": "integer"}, "version": {"type": "integer"}}},
  "Page": {"type": "object", "required": ["items", "next"], "properties": {
    "items": {"type": "array", "items": {"type": "object", "required": ["key"], "properties": {
      "key": {"$ref": "#/components/schemas/Bytes"},
      "value": {"nullable": true, "allOf": [{"$ref": "#/components/schemas/Bytes"}]}}}},
    "next": {"type": "string", "nullable": true, "description": "the next page"}}},
  "Operation": {"oneOf": [
    {"type": "array", "minItems": 1, "items": {"$ref": "#/components/schemas/Bytes"}, "description": "a command"},
    {"type": "object", "required": ["op", "key"], "properties": {
      "op": {"type": "string", "enum": ["put", "append", "delete", "check"]},
      "key": {"$ref": "#/components/schemas/Bytes"}, "value": {"$ref": "#/components/schemas/Bytes"},
      "ttl": {"type": "integer", "nullable": true}, "version": {"type": "integer", "nullable": true}}}]},
  "Batch": {"type": "array", "items": {"$ref": "#/components/schemas/Operation"}},
  "BatchResult": {"type": "object", "required": ["results", "version"], "properties": {
    "results": {"type": "array", "items": {}}, "version": {"type": "integer", "nullable": true}}},
  "Command": {"oneOf": [{"type": "array", "minItems": 1, "items": {"$ref": "#/components/schemas/Bytes"}},
    {"type": "object", "required": ["args"], "properties": {
      "args": {"type": "array", "minItems": 1, "items": {"$ref": "#/components/schemas/Bytes"}},
      "base64": {"type": "boolean", "description": "each of args is in base64"}}}]},
  "Result": {"type": "object", "required": ["result"], "properties": {"result": {"nullable": true}}},
  "Commands": {"type": "object", "required": ["commands"], "properties": {
    "commands": {"type": "array", "items": {"$ref": "#/components/schemas/CommandRow"}}}},
  "CommandRow": {"type": "object", "required": ["name", "group", "summary", "arguments", "flags", "over_http",
      "details", "example", "subcommands"], "properties": {
    "name": {"type": "string"}, "group": {"type": "string"}, "summary": {"type": "string"},
    "arguments": {"type": "string"}, "flags": {"type": "array", "items": {"type": "string"}},
    "alias_of": {"type": "string"}, "over_http": {"type": "boolean"}, "details": {"type": "string"},
    "example": {"type": "string"},
    "subcommands": {"type": "array", "items": {"$ref": "#/components/schemas/CommandRow"}}}},
  "Health": {"type": "object", "required": ["status"], "properties": {"status": {"type": "string"}}}
})json";

OrderedJson schema_of(std::string_view name) {
  if (name.empty()) return OrderedJson::object();
  return {{"$ref", fmt::format("#/components/schemas/{}", name)}};
}

OrderedJson schema_of(const Parameter& one) {
  switch (one.type) {
    case Parameter::Type::kFlag:
      return {{"type", "string"}, {"enum", {"", "true", "1"}}};
    case Parameter::Type::kInteger:
      return {{"type", "integer"}, {"minimum", one.least}, {"maximum", one.most}};
    default:
      return {{"type", "string"}};
  }
}

OrderedJson json_of(const Parameter& one) {
  const bool is_query = one.in == Parameter::In::kQuery;
  std::string description(one.summary);
  if (!one.not_with.empty()) description += fmt::format("; not beside {}", one.not_with);
  OrderedJson json{{"name", one.name},
                   {"in", is_query ? "query" : "header"},
                   {"description", std::move(description)},
                   {"schema", schema_of(one)}};
  if (one.is_needed) json["required"] = true;
  if (is_query && one.type != Parameter::Type::kInteger) json["allowEmptyValue"] = true;
  return json;
}

OrderedJson parameters_of(const Route& route) {
  OrderedJson all = OrderedJson::array();
  const std::size_t brace = route.path.find('{');
  if (brace != route.path.npos) {
    const std::string_view name = route.path.substr(brace + 1, route.path.find('}') - brace - 1);
    all.push_back({{"name", name},
                   {"in", "path"},
                   {"required", true},
                   {"description", "all that comes after it in the path, percent-encoded"},
                   {"schema", {{"type", "string"}}}});
  }
  for (const Parameter& one : route.parameters) {
    // Accept is described by an operation's responses.
    if (one.name != "Accept") all.push_back(json_of(one));
  }
  return all;
}

// A value in unencoded form.
void add_bytes(OrderedJson* content) {
  for (const std::string_view type : {wire::kBytes, wire::kText}) {
    (*content)[std::string(type)]["schema"] = {{"type", "string"}, {"format", "binary"}};
  }
}

bool can_follow(const Route& route) {
  return std::any_of(route.parameters.begin(), route.parameters.end(),
                     [](const Parameter& one) { return one.name == "follow"; });
}

OrderedJson body_of(const Route& route) {
  OrderedJson content;
  content["application/json"]["schema"] = schema_of(route.body);
  if (route.body == "Value" || route.body == "Addition") add_bytes(&content);
  return {{"required", true}, {"content", std::move(content)}};
}

OrderedJson answers_of(const Route& route) {
  OrderedJson all;
  for (const Answer& one : route.answers) {
    OrderedJson answer{{"description", one.summary}};
    if (!one.content_type.empty()) {
      answer["content"][std::string(one.content_type)]["schema"] = schema_of(one.schema);
    }
    if (one.schema == "Entry" || one.content_type == wire::kBytes) add_bytes(&answer["content"]);
    if (one.status == 200 && can_follow(route)) {
      answer["content"][std::string(wire::kEvents)]["schema"] = schema_of("");
    }
    all[fmt::to_string(one.status)] = std::move(answer);
  }
  all["default"] = {{"$ref", "#/components/responses/Problem"}};
  return all;
}

OrderedJson problem_schema() {
  OrderedJson codes = OrderedJson::array({"NIL"});
  for (std::size_t i = 0; i < kCodes; ++i) codes.push_back(code_name(static_cast<Code>(i)));
  return {{"type", "object"},
          {"required", {"type", "title", "status", "code", "detail"}},
          {"properties",
           {{"type", {{"type", "string"}, {"format", "uri"}}},
            {"title", {{"type", "string"}}},
            {"status", {{"type", "integer"}}},
            {"code", {{"type", "string"}, {"enum", std::move(codes)}}},
            {"detail", {{"type", "string"}}},
            {"hint", {{"type", "string"}}}}}};
}

OrderedJson document() {
  OrderedJson all;
  all["openapi"] = "3.0.3";
  all["info"] = {{"title", "kvstore"},
                 {"version", KVSTORE_VERSION},
                 {"description", "A key-value database in one file. See docs/HTTP.md."},
                 {"license", {{"name", "MIT"}}}};
  all["servers"] = OrderedJson::array({{{"url", "/"}}});
  // A password is needed only if the server has one.
  all["security"] = OrderedJson::array({OrderedJson::object(), {{"basic", OrderedJson::array()}}});
  for (const Route& route : routes()) {
    OrderedJson operation{{"operationId", route.id}, {"summary", route.summary}};
    if (const OrderedJson parameters = parameters_of(route); !parameters.empty()) {
      operation["parameters"] = parameters;
    }
    if (!route.body.empty()) operation["requestBody"] = body_of(route);
    operation["responses"] = answers_of(route);
    if (route.is_public) operation["security"] = OrderedJson::array({OrderedJson::object()});
    all["paths"][std::string(route.path)][command::lower(route.method)] = std::move(operation);
  }
  OrderedJson& components = all["components"];
  components["schemas"] = OrderedJson::parse(kSchemas);
  components["schemas"]["Problem"] = problem_schema();
  OrderedJson problem{{"description", "it was not done, and why"}};
  problem["content"][std::string(wire::kProblem)]["schema"] = schema_of("Problem");
  components["responses"]["Problem"] = std::move(problem);
  components["securitySchemes"]["basic"] = {{"type", "http"}, {"scheme", "basic"}};
  return all;
}

}  // namespace

void show_openapi(Exchange& exchange) {
  static const std::string kDocument = document().dump(1) + "\n";
  exchange.answer_json(200, kDocument);
}

}  // namespace kvstore::server::http
