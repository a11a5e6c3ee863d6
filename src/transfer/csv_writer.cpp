#include <algorithm>

#include <fmt/format.h>

#include "src/base/base64.h"
#include "src/base/civil_time.h"
#include "src/base/utf8.h"
#include "src/transfer/times.h"
#include "src/transfer/writers.h"

namespace kvstore::transfer {
namespace {

// Line ends and tabs are text; other control characters break spreadsheets.
bool is_text(std::string_view bytes) {
  const bool has_controls = std::any_of(bytes.begin(), bytes.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == 0x7F || (byte < ' ' && c != '\t' && c != '\n' && c != '\r');
  });
  return !has_controls && is_utf8(bytes);
}

void append_text(std::string_view text, std::string* out) {
  if (text.find_first_of(",\"\r\n") == text.npos) {
    *out += text;
    return;
  }
  *out += '"';
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('"', begin), text.size());
    out->append(text.substr(begin, end - begin));
    if (end < text.size()) *out += R"("")";
    begin = end + 1;
  }
  *out += '"';
}

void append_field(std::string_view bytes, bool text, std::string* out) {
  if (text) {
    append_text(bytes, out);
  } else {
    append_base64(bytes, out);
  }
}

}  // namespace

void CsvWriter::begin(std::string* out) {
  if (history_) *out += "seq,time,kind,";
  *out += "key,value,expires,base64,type\r\n";
}

std::size_t CsvWriter::write(const Change& change, std::string* out) {
  if (history_) {
    *out += fmt::format("{},{},{},", change.seq, iso_time(change.time_us), kind_name(change.kind));
  }
  const bool text_key = is_text(change.key);
  const bool text_value = is_text(change.value);
  append_field(change.key, text_key, out);
  *out += ',';
  append_field(change.value, text_value, out);
  *out += ',';
  if (change.kind != Change::Kind::kAppend && change.expires_at_ms != 0) {
    *out += expiry_text(change.expires_at_ms);
  }
  constexpr std::string_view kBase64[] = {",both,", ",key,", ",value,", ",,"};
  *out += kBase64[(text_key ? 2 : 0) + (text_value ? 1 : 0)];
  if (change.type != ValueType::kString) *out += type_name(change.type);
  *out += "\r\n";
  return 1;
}

}  // namespace kvstore::transfer
