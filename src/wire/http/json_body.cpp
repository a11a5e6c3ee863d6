#include "src/wire/http/json_body.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "src/base/base64.h"
#include "src/command/quote.h"

namespace kvstore::wire::http {
namespace {

using Json = nlohmann::json;

tl::unexpected<Error> bad_body(std::string message, std::string hint = {}) {
  return fail(Code::kSyntax, std::move(message), std::move(hint));
}

// Checks a text before it is parsed into memory: its size, its depth, and repeated names, of which
// readers may take either.
class Inspector final : public nlohmann::json_sax<Json> {
 public:
  std::string problem;
  Code code = Code::kSyntax;

  bool null() override { return count(); }
  bool boolean(bool) override { return count(); }
  bool number_integer(number_integer_t) override { return count(); }
  bool number_unsigned(number_unsigned_t) override { return count(); }
  bool number_float(number_float_t, const string_t&) override { return count(); }
  bool string(string_t&) override { return count(); }
  bool binary(binary_t&) override { return count(); }
  bool start_object(std::size_t) override {
    names_.emplace_back();
    return count() && is_shallow();
  }
  bool start_array(std::size_t) override {
    names_.emplace_back();
    return count() && is_shallow();
  }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(string_t& name) override {
    auto& names = names_.back();
    if (names.size() >= kMostNames) return refuse("an object of it has too many names");
    if (std::find(names.begin(), names.end(), name) != names.end()) {
      return refuse("a name comes twice: " + command::quote(name.substr(0, 64)));
    }
    names.push_back(name.substr(0, 64));
    return count();
  }
  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception&) override {
    return refuse(fmt::format("it is not JSON at byte {}", position));
  }

 private:
  static constexpr std::size_t kDeepest = 6;
  static constexpr std::size_t kMostNames = 16;

  bool refuse(std::string why) {
    problem = std::move(why);
    return false;
  }
  bool count() {
    if (++count_ <= kMostJsonValues) return true;
    code = Code::kTooBig;
    return refuse(fmt::format("it has more than {} values", kMostJsonValues));
  }
  bool is_shallow() { return names_.size() <= kDeepest || refuse("it is nested too deep"); }
  bool close() {
    names_.pop_back();
    return true;
  }

  std::size_t count_ = 0;
  std::vector<std::vector<std::string>> names_;  // of each open object; the innermost is last
};

// The parser takes a zero byte for the end, and ignores what follows.
Result<Json> parse_json(std::string_view text) {
  if (const std::size_t zero = text.find('\0'); zero != text.npos) {
    return bad_body(
        fmt::format("the body is not as it should be: it is not JSON at byte {}", zero + 1));
  }
  Inspector inspector;
  if (!Json::sax_parse(text, &inspector)) {
    const bool is_too_big = inspector.code == Code::kTooBig;
    return fail(inspector.code, "the body is not as it should be: " + inspector.problem,
                is_too_big ? "names count, too: send it in several requests" : "");
  }
  return Json::parse(text, nullptr, false);
}

// Bytes in either form.
Result<std::string> bytes_of(Json& json, std::string_view what) {
  if (json.is_string()) return std::move(json.get_ref<std::string&>());
  const bool is_encoded =
      json.is_object() && json.size() == 1 && json.contains("base64") && json["base64"].is_string();
  auto bytes = is_encoded ? parse_base64(json["base64"].get_ref<std::string&>()) : std::nullopt;
  if (bytes) return std::move(*bytes);
  const std::string message =
      fmt::format("{} is neither a string nor {{\"base64\": \"...\"}}", what);
  if (json.is_number() || json.is_boolean()) {
    return bad_body(message, fmt::format("a value is text: \"{}\"", json.dump()));
  }
  return bad_body(message, "bytes that are not UTF-8 are given in base64, with its padding");
}

Result<std::string> take_bytes(Json& object, const char* name) {
  if (!object.contains(name)) return bad_body(fmt::format("\"{}\" is missing", name));
  return bytes_of(object[name], fmt::format("\"{}\"", name));
}

Result<std::optional<std::string>> take_ttl(const Json& object) {
  if (!object.contains("ttl") || object["ttl"].is_null()) return std::optional<std::string>();
  const Json& ttl = object["ttl"];
  if (ttl.is_number_unsigned() && ttl.get<std::uint64_t>() > std::uint64_t{kLongestTtl}) {
    return fail(
        Code::kNumber,
        fmt::format("\"ttl\" is {}, not a whole number of 1 to {}", ttl.dump(), kLongestTtl),
        "null, or no \"ttl\": it never expires");
  }
  if (ttl.is_number_integer()) return std::optional(ttl.dump());
  return bad_body("\"ttl\" is not a whole number of seconds",
                  "null, or no \"ttl\": it never expires");
}

Status check_names(const Json& object, std::initializer_list<std::string_view> known) {
  for (const auto& [name, value] : object.items()) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    return bad_body(fmt::format("{} is not known here", command::quote(name.substr(0, 64))),
                    fmt::format("there are: {}", fmt::join(known, ", ")));
  }
  return {};
}

Result<std::vector<std::string>> words_of(Json& array) {
  std::vector<std::string> words;
  words.reserve(array.size());
  for (Json& one : array) {
    if (one.is_number_integer()) {
      words.push_back(one.dump());
      continue;
    }
    KV_ASSIGN(std::string word, bytes_of(one, "an argument"));
    words.push_back(std::move(word));
  }
  if (words.empty()) return bad_body("there is no command", R"(["GET", "key"])");
  return words;
}

Status decode_all(std::vector<std::string>* words) {
  for (std::string& word : *words) {
    auto bytes = parse_base64(word);
    if (!bytes) return bad_body("an argument is not base64", "with its padding, and no line ends");
    word = std::move(*bytes);
  }
  return {};
}

Result<Operation> put_of(Json& object) {
  KV_TRY(check_names(object, {"op", "key", "value", "ttl"}));
  Operation operation;
  KV_ASSIGN(std::string key, take_bytes(object, "key"));
  KV_ASSIGN(std::string value, take_bytes(object, "value"));
  KV_ASSIGN(std::optional<std::string> ttl, take_ttl(object));
  operation.words = {"SET", std::move(key), std::move(value)};
  if (ttl) operation.words.insert(operation.words.end(), {"EX", std::move(*ttl)});
  return operation;
}

Result<Operation> append_of(Json& object) {
  KV_TRY(check_names(object, {"op", "key", "value"}));
  Operation operation;
  KV_ASSIGN(std::string key, take_bytes(object, "key"));
  KV_ASSIGN(std::string value, take_bytes(object, "value"));
  operation.words = {"APPEND", std::move(key), std::move(value)};
  return operation;
}

Result<Operation> delete_of(Json& object) {
  KV_TRY(check_names(object, {"op", "key"}));
  Operation operation;
  KV_ASSIGN(std::string key, take_bytes(object, "key"));
  operation.words = {"DELETE", std::move(key)};
  return operation;
}

Result<Operation> check_of(Json& object) {
  KV_TRY(check_names(object, {"op", "key", "version"}));
  Operation operation;
  KV_ASSIGN(operation.key, take_bytes(object, "key"));
  const bool is_known = object.contains("version") &&
                        (object["version"].is_null() || object["version"].is_number_unsigned());
  if (!is_known) return bad_body("\"version\" is neither a number nor null");
  if (!object["version"].is_null()) operation.version = object["version"].get<std::uint64_t>();
  return operation;
}

Result<Operation> operation_of(Json& json) {
  if (json.is_array()) {
    Operation operation;
    KV_ASSIGN(operation.words, words_of(json));
    operation.is_as_given = true;
    return operation;
  }
  const std::string op =
      json.is_object() && json.contains("op") && json["op"].is_string() ? json["op"] : Json("");
  if (op == "put") return put_of(json);
  if (op == "append") return append_of(json);
  if (op == "delete") return delete_of(json);
  if (op == "check") return check_of(json);
  return bad_body("an operation is neither a command nor put, append, delete or check",
                  R"({"op": "put", "key": "a", "value": "1"}, or ["INCR", "a"])");
}

}  // namespace

// Every value but the first has one of these characters before it. A body with too many is refused
// before it is parsed into memory.
std::size_t memory_to_parse(std::string_view json) {
  constexpr std::size_t kOfValue = 160;  // in the tree and, as a word, with its view
  constexpr std::size_t kCopies = 3;     // of all bytes: in the reader, in the tree, decoded
  const auto before_value = [](char c) { return c == ',' || c == ':' || c == '[' || c == '{'; };
  const auto count =
      static_cast<std::size_t>(std::count_if(json.begin(), json.end(), before_value));
  return kCopies * json.size() + kOfValue * (std::min(count, kMostJsonValues) + 1);
}

Result<ValueBody> parse_value_body(std::string_view text, bool takes_ttl) {
  constexpr const char* kExample =
      R"({"value": "..."}; for bytes as they are: Content-Type: application/octet-stream)";
  auto json = parse_json(text);
  if (!json && json.error().code == Code::kTooBig) return fail(std::move(json.error()));
  if (!json) return bad_body(json.error().message, kExample);
  if (!json->is_object()) return bad_body("the body is not an object", kExample);
  if (takes_ttl)
    KV_TRY(check_names(*json, {"value", "ttl"}));
  else
    KV_TRY(check_names(*json, {"value"}));
  ValueBody body;
  KV_ASSIGN(body.value, take_bytes(*json, "value"));
  KV_ASSIGN(body.ttl, take_ttl(*json));
  return body;
}

Result<std::vector<std::string>> parse_command_body(std::string_view text) {
  constexpr const char* kExample = R"(["GET", "key"])";
  auto parsed = parse_json(text);
  if (!parsed && parsed.error().code == Code::kTooBig) return fail(std::move(parsed.error()));
  if (!parsed) return bad_body(parsed.error().message, kExample);
  Json& json = *parsed;
  if (json.is_array()) return words_of(json);
  if (!json.is_object() || !json.contains("args") || !json["args"].is_array()) {
    return bad_body("the body is neither an array of words nor an object with \"args\"", kExample);
  }
  KV_TRY(check_names(json, {"args", "base64"}));
  if (json.contains("base64") && !json["base64"].is_boolean()) {
    return bad_body("\"base64\" is neither true nor false");
  }
  const bool is_encoded = json.contains("base64") && json["base64"] == true;
  KV_ASSIGN(std::vector<std::string> words, words_of(json["args"]));
  if (is_encoded) KV_TRY(decode_all(&words));
  return words;
}

Result<std::vector<Operation>> parse_batch_body(std::string_view text) {
  KV_ASSIGN(Json json, parse_json(text));
  if (!json.is_array()) return bad_body("the body is not an array of operations");
  std::vector<Operation> operations;
  operations.reserve(json.size());
  for (Json& one : json) {
    auto operation = operation_of(one);
    if (!operation) {
      operation.error().message.insert(0, fmt::format("operation {}: ", operations.size() + 1));
      return fail(std::move(operation.error()));
    }
    operations.push_back(std::move(*operation));
  }
  return operations;
}

}  // namespace kvstore::wire::http
