#include "src/wire/text_writer.h"

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

void TextWriter::append_value_header(std::uint64_t size, std::string* out) const {
  const fmt::format_int digits(size);
  out->append("+VALUE ").append(digits.data(), digits.size()).append(line_end_);
}

void TextWriter::append_header(command::Aggregate, std::uint64_t count, std::string* out) const {
  const fmt::format_int digits(count);
  out->append("+ARRAY ").append(digits.data(), digits.size()).append(line_end_);
}

}  // namespace kvstore::wire
