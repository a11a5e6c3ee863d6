#include "src/command/quote.h"

#include <fmt/format.h>

#include "src/base/quote.h"
#include "src/base/utf8.h"

namespace kvstore::command {

std::string escape_controls(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  append_escaped(text, {}, &out);
  return out;
}

std::string quote(std::string_view text, std::size_t max_size) {
  const std::string shown = escape_controls(utf8_prefix(text, max_size));
  return fmt::format("'{}{}'", shown, text.size() > max_size ? "..." : "");
}

}  // namespace kvstore::command
