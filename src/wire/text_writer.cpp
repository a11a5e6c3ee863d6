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

std::string TextWriter::value_header(std::uint64_t size) const {
  return fmt::format("+VALUE {}{}", size, line_end_);
}

std::string TextWriter::header(command::Aggregate, std::uint64_t count) const {
  return fmt::format("+ARRAY {}{}", count, line_end_);
}

}  // namespace kvstore::wire
