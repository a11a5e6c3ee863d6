#include "src/wire/json_writer.h"

#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "src/base/base64.h"
#include "src/base/check.h"
#include "src/base/utf8.h"
#include "src/command/numbers.h"

namespace kvstore::wire {

namespace {

// Bytes converted at a time, because the library copies both.
constexpr std::size_t kPiece = std::size_t{16} << 10;

std::size_t escaped_size(char c) {
  if (c == '"' || c == '\\') return 2;
  return static_cast<unsigned char>(c) < ' ' ? 6 : 1;
}

void append_text(std::string_view text, std::string* out) {
  *out += '"';
  while (!text.empty()) {
    const std::string_view piece = utf8_prefix(text, kPiece);
    const std::string quoted = nlohmann::json(piece).dump();
    out->append(quoted, 1, quoted.size() - 2);
    text.remove_prefix(piece.size());
  }
  *out += '"';
}

}  // namespace

std::size_t json_size(std::string_view bytes) {
  constexpr std::size_t kQuotes = 2;
  constexpr std::size_t kBase64 = sizeof(R"({"base64":""})") + 4;
  if (!is_utf8(bytes)) return kBase64 + bytes.size() / 3 * 4;
  std::size_t size = kQuotes;
  for (const char c : bytes) size += escaped_size(c);
  return size;
}

void append_json(std::string_view bytes, std::string* out) {
  if (is_utf8(bytes)) return append_text(bytes, out);
  *out += R"({"base64":")";
  append_base64(bytes, out);
  *out += R"("})";
}

void JsonWriter::separate() {
  if (!items_.empty() && items_.back()++ > 0) out_ += ',';
}

void JsonWriter::add(std::string_view json) {
  separate();
  out_ += json;
}

void JsonWriter::value(std::string_view bytes) {
  separate();
  append_json(bytes, &out_);
}

void JsonWriter::integer(std::int64_t number) { add(fmt::to_string(number)); }
// JSON has no infinite numbers: they are written as text.
void JsonWriter::real(double number) {
  if (std::isfinite(number))
    add(command::real_text(number));
  else
    value(command::real_text(number));
}

void JsonWriter::begin(command::Aggregate, std::size_t) {
  add("[");
  items_.push_back(0);
}

void JsonWriter::begin_value(std::uint64_t) {
  in_value_ = true;
  held_.clear();
}

void JsonWriter::end() {
  if (in_value_) {
    in_value_ = false;
    return value(held_);
  }
  KV_CHECK(!items_.empty());
  items_.pop_back();
  out_ += ']';
}

void JsonWriter::stream(std::unique_ptr<command::ReplyStream> stream) {
  const Status written = write_all(*stream, *this);
  if (written) return;
  const bool is_array = !in_value_;
  in_value_ = false;
  error(command::Failure(written.error()));
  if (is_array) end();
}

void JsonWriter::error(const command::Failure& failure) {
  add(fmt::format(R"({{"error":"{}","message":)", code_name(failure.error.code)));
  append_json(failure.error.message, &out_);
  out_ += '}';
}

void JsonWriter::discard() {
  out_.resize(start_);
  items_.clear();
  in_value_ = false;
}

}  // namespace kvstore::wire
