#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "src/base/base64.h"
#include "src/command/numbers.h"
#include "src/command/quote.h"
#include "src/sorted_set/changes.h"
#include "src/transfer/readers.h"
#include "src/transfer/times.h"

namespace kvstore::transfer {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kObjectHint = R"({"key":"a","value":"b"}, a line for each key)";

constexpr std::string_view kMembersHint = R"("members":[["ann",10],["bob","-inf"]])";

enum class Field : std::uint8_t { kKey, kValue, kExpires, kKind, kSeq, kTime, kType, kMembers };
constexpr std::string_view kFields[] = {"key", "value", "expires", "kind",
                                        "seq", "time",  "type",    "members"};
constexpr std::size_t kFieldCount = std::size(kFields);

// Reads one object from nlohmann's parser, and keeps only the fields that are needed. The callbacks
// return false to stop; then error() says why.
class ObjectReader final : public nlohmann::json_sax<Json> {
 public:
  // The strings that the change's views will point to.
  ObjectReader(std::string* key, std::string* value, std::string* members)
      : key_(*key), value_(*value), members_(*members) {}

  bool null() override {
    if (in_member()) return take_score(std::nullopt);
    // An expiry of null means never.
    return field_ == Field::kExpires && depth_ == 1 ? note() : wrong_type("null");
  }
  bool boolean(bool) override { return wrong_type("true or false"); }
  // An integer with a sign: 0 here is -0.
  bool number_integer(number_integer_t number) override {
    if (in_member()) return take_score(number == 0 ? -0.0 : static_cast<double>(number));
    return wrong_type("a negative number");
  }
  bool number_float(number_float_t number, const string_t&) override {
    return in_member() ? take_score(number) : wrong_type("a fraction");
  }
  bool number_unsigned(number_unsigned_t number) override;
  bool string(string_t& text) override;
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override;
  bool key(string_t& name) override;
  bool end_object() override;
  bool start_array(std::size_t) override;
  bool end_array() override;
  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception& error) override;

  // Called at the object's end. An error if fields are missing or do not fit together.
  Status finish();
  const Error& error() const { return error_; }
  const Change& change() const { return change_; }

 private:
  bool refuse(std::string message) {
    if (error_.message.empty())
      error_ = {Code::kSyntax, std::move(message), std::string(kObjectHint)};
    return false;
  }
  bool wrong_type(std::string_view what) {
    if (field_ == Field::kMembers && depth_ > 0) return wrong_member();
    if (depth_ == 0) return refuse(fmt::format("the line is {}, not an object", what));
    return refuse(fmt::format("\"{}\" is {}", kFields[static_cast<std::size_t>(field_)], what));
  }
  bool wrong_member() {
    refuse("\"members\" is not a list of a name and a score each");
    error_.hint = kMembersHint;
    return false;
  }
  bool in_member() const { return list_depth_ == 2; }
  bool note() { return seen_[static_cast<std::size_t>(field_)] = true; }
  bool has(Field field) const { return seen_[static_cast<std::size_t>(field)]; }
  bool take_base64(const std::string& digits);
  bool take_kind(std::string_view name);
  bool take_type(std::string_view name);
  bool take_expiry(std::string_view text);
  bool take_name(std::string name);
  bool take_text_score(std::string_view text);
  bool take_score(std::optional<double> score);
  Status check_fields() const;

  std::string& key_;
  std::string& value_;
  std::string& members_;  // as a sorted set's changes
  int depth_ = 0;
  Field field_ = Field::kKey;
  bool in_base64_ = false;
  int list_depth_ = 0;               // nesting within the members: 1 between them, 2 within one
  std::optional<std::string> name_;  // the member's name
  bool has_score_ = false;
  bool seen_[kFieldCount] = {};
  Change change_;
  Error error_;
};

bool ObjectReader::number_unsigned(number_unsigned_t number) {
  if (in_member()) return take_score(static_cast<double>(number));
  if (depth_ != 1) return wrong_type("no text");
  switch (field_) {
    case Field::kSeq:
      change_.seq = number;
      return note();
    case Field::kExpires:
      return take_expiry(fmt::to_string(number));
    default:
      return wrong_type("a number; values are text, in quotes");
  }
}

bool ObjectReader::string(string_t& text) {
  if (depth_ == 0) return wrong_type("text");
  if (in_base64_) return take_base64(text);
  if (in_member()) return name_ ? take_text_score(text) : take_name(text);
  switch (field_) {
    case Field::kKey:
      key_.swap(text);
      return note();
    case Field::kValue:
      value_.swap(text);
      return note();
    case Field::kExpires:
      return take_expiry(text);
    case Field::kKind:
      return take_kind(text);
    case Field::kType:
      return take_type(text);
    case Field::kTime:
      return note();
    case Field::kSeq:
    case Field::kMembers:
      break;
  }
  return wrong_type("text");
}

bool ObjectReader::start_object(std::size_t) {
  const bool is_name = in_member() && !name_;
  const bool may_be_base64 =
      depth_ == 1 && (field_ == Field::kKey || field_ == Field::kValue || is_name);
  if (depth_ > 0 && !may_be_base64) return wrong_type("an object");
  ++depth_;
  return true;
}

bool ObjectReader::key(string_t& name) {
  if (depth_ == 2) {
    in_base64_ = name == "base64";
    return in_base64_ || wrong_type("an object without \"base64\"");
  }
  const auto found = std::find(std::begin(kFields), std::end(kFields), name);
  if (found == std::end(kFields)) {
    return refuse(fmt::format("there is no field {}, but {}", command::quote(name),
                              fmt::join(kFields, ", ")));
  }
  field_ = static_cast<Field>(found - std::begin(kFields));
  return !has(field_) || refuse(fmt::format("\"{}\" is there twice", name));
}

bool ObjectReader::end_object() {
  const bool has_bytes = in_member() ? name_.has_value() : has(field_);
  if (depth_ == 2 && !has_bytes) return wrong_type("an object without \"base64\"");
  --depth_;
  in_base64_ = false;
  return true;
}

bool ObjectReader::start_array(std::size_t) {
  if (depth_ == 0) return refuse("the line is an array");
  if (depth_ != 1 || field_ != Field::kMembers || list_depth_ == 2) return wrong_type("an array");
  if (++list_depth_ == 1) {
    members_.clear();
  } else {
    name_.reset();
    has_score_ = false;
  }
  return true;
}

bool ObjectReader::end_array() {
  if (in_member() && !has_score_) return wrong_member();
  return --list_depth_ > 0 || note();
}

bool ObjectReader::take_name(std::string name) {
  if (name_) return wrong_member();
  name_ = std::move(name);
  return true;
}

bool ObjectReader::take_text_score(std::string_view text) {
  const auto score = command::parse_real(text);
  return score ? take_score(score) : wrong_member();
}

// nullopt: the member is removed.
bool ObjectReader::take_score(std::optional<double> score) {
  if (!name_ || has_score_) return wrong_member();
  sorted_set::append_change({*name_, score}, &members_);
  return has_score_ = true;
}

bool ObjectReader::take_base64(const std::string& digits) {
  if (has(field_)) return wrong_type("an object with more than one \"base64\"");
  auto bytes = parse_base64(digits);
  if (!bytes) return wrong_type("not base64 as RFC 4648 has it");
  if (in_member()) return take_name(std::move(*bytes));
  (field_ == Field::kKey ? key_ : value_) = std::move(*bytes);
  return note();
}

bool ObjectReader::take_kind(std::string_view name) {
  const auto kind = kind_of_name(name);
  if (!kind) return refuse(fmt::format("there is no kind {}", command::quote(name)));
  change_.kind = *kind;
  return note();
}

bool ObjectReader::take_type(std::string_view name) {
  const auto type = type_of_name(name);
  if (!type) return refuse(fmt::format("there is no type {}", command::quote(name)));
  change_.type = *type;
  return note();
}

bool ObjectReader::take_expiry(std::string_view text) {
  const auto at_ms = parse_expiry(text);
  if (!at_ms) {
    error_ = {Code::kNumber, fmt::format("{} is not a time to expire at", command::quote(text)),
              R"("expires":"2026-12-31T23:59:59Z", or milliseconds since 1970)"};
    return false;
  }
  change_.expires_at_ms = *at_ms;
  return note();
}

bool ObjectReader::parse_error(std::size_t position, const std::string&,
                               const nlohmann::detail::exception& error) {
  // "[json.exception.parse_error.101] parse error at line 1, column 3: syntax error ..."
  std::string_view what = error.what();
  const std::size_t colon = what.find(": ");
  if (colon != what.npos) what.remove_prefix(colon + 2);
  return refuse(fmt::format("column {}: {}", position, command::escape_controls(what)));
}

Status ObjectReader::check_fields() const {
  using Kind = Change::Kind;
  const auto wrong = [](std::string message) {
    return fail(Code::kSyntax, std::move(message), std::string(kObjectHint));
  };
  const std::string_view given = has(Field::kMembers) ? "members" : "value";
  const bool has_value = has(Field::kValue) || has(Field::kMembers);
  if (change_.kind == Kind::kClear) {
    if (!has(Field::kKey) && !has_value) return {};
    return wrong(R"("key" and "value" do not go with the kind "clear")");
  }
  if (!has(Field::kKey)) return wrong(R"(there is no "key")");
  if (has(Field::kValue) && has(Field::kMembers)) {
    return wrong(R"("members" is there, and "value", too)");
  }
  const bool needs_value = change_.kind == Kind::kSet || change_.kind == Kind::kAppend;
  if (needs_value && !has_value) return wrong(R"(there is no "value")");
  if (!needs_value && has_value) {
    return wrong(
        fmt::format(R"("{}" does not go with the kind "{}")", given, kind_name(change_.kind)));
  }
  if (has(Field::kMembers) && has(Field::kType) && change_.type != ValueType::kZset) {
    return wrong(R"("members" goes with the type "zset")");
  }
  return {};
}

Status ObjectReader::finish() {
  KV_TRY(check_fields());
  if (change_.kind == Change::Kind::kClear) return {};
  change_.key = key_;
  if (has(Field::kValue)) change_.value = value_;
  if (!has(Field::kMembers)) return {};
  change_.type = ValueType::kZset;
  change_.value = members_;
  return {};
}

bool is_blank_line(std::string_view line) { return line.find_first_not_of(" \t\r") == line.npos; }

}  // namespace

Reader::Event JsonlReader::next() {
  if (failed_) return Event::kError;
  for (;;) {
    std::string_view rest = lines_.rest();
    if (line_ == 0 && rest.starts_with(kByteOrderMark)) {
      lines_.take(kByteOrderMark.size());
      rest = lines_.rest();
    }
    const std::size_t newline = rest.find('\n', lines_.scanned);
    if (newline == rest.npos && !lines_.finished()) {
      lines_.scanned = rest.size();
      if (!lines_.is_too_long()) return Event::kNeedInput;
    }
    if (rest.empty()) return Event::kEnd;
    ++line_;
    if (std::min(newline, rest.size()) > lines_.max_line()) return too_long();
    const std::string_view line = rest.substr(0, newline);
    lines_.take(newline == rest.npos ? rest.size() : newline + 1);
    if (is_blank_line(line)) continue;
    ObjectReader object(&key_, &value_, &members_);
    if (!Json::sax_parse(line.begin(), line.end(), &object)) return fail_with(object.error());
    if (const Status whole = object.finish(); !whole) return fail_with(whole.error());
    change_ = object.change();
    return Event::kChange;
  }
}

}  // namespace kvstore::transfer
