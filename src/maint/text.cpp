#include "src/maint/text.h"

#include <iterator>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "src/base/base64.h"
#include "src/base/quote.h"
#include "src/base/utf8.h"

namespace kvstore::maint {

std::string quoted_word(std::string_view bytes, std::size_t max_size) {
  const std::string_view shown = utf8_prefix(bytes, max_size);
  std::string out;
  if (is_bare_word(shown) && shown[0] != '#') {
    out = shown;
  } else {
    append_quoted(shown, &out);
  }
  return bytes.size() > max_size ? out + "..." : out;
}

std::string harmless(std::string_view text) {
  std::string out;
  append_escaped(text, {.controls = Controls::kHex, .kept = "\n"}, &out);
  return out;
}

std::string bytes_text(std::uint64_t size) { return plural(size, "byte"); }

std::string hex(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) {
    fmt::format_to(std::back_inserter(out), "{:02x}", static_cast<unsigned char>(c));
  }
  return out;
}

nlohmann::ordered_json json_of(std::string_view bytes) {
  if (is_utf8(bytes)) return std::string(bytes);
  std::string digits;
  append_base64(bytes, &digits);
  return {{"base64", digits}};
}

}  // namespace kvstore::maint
