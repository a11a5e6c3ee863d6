#include "src/wire/text_writer.h"

#include <algorithm>

#include <fmt/format.h>

#include "src/command/numbers.h"
#include "src/command/quote.h"

namespace kvstore::wire {

void TextWriter::missing() { line("+NIL"); }
void TextWriter::real(double number) { value(command::real_text(number)); }

void TextWriter::error(const command::Failure& failure) {
  const std::string text = command::escape_controls(describe(failure.error));
  line("-ERR ", fmt::format("{} {}", code_name(failure.error.code), text));
}

char* TextWriter::put_value_header(std::uint64_t size, char* to) const {
  constexpr std::string_view kBegin = "+VALUE ";
  const fmt::format_int digits(size);
  to = std::copy(kBegin.begin(), kBegin.end(), to);
  to = std::copy_n(digits.data(), digits.size(), to);
  return std::copy(line_end_.begin(), line_end_.end(), to);
}

void TextWriter::append_header(command::Aggregate, std::uint64_t count, std::string* out) const {
  const fmt::format_int digits(count);
  out->append("+ARRAY ").append(digits.data(), digits.size()).append(line_end_);
}

}  // namespace kvstore::wire
