#include "src/wire/text_writer.h"

#include <fmt/format.h>

#include "src/command/quote.h"

namespace kvstore::wire {

void TextWriter::line(std::string_view beginning, std::string_view rest) {
  count_item();
  out().append(beginning).append(rest).append(line_end_);
}

void TextWriter::ok() { line("+OK"); }
void TextWriter::status(std::string_view word) { line("+", word); }
void TextWriter::missing() { line("+NIL"); }
void TextWriter::real(double number) { value(fmt::format("{}", number)); }

void TextWriter::integer(std::int64_t number) {
  const fmt::format_int digits(number);
  line(":", {digits.data(), digits.size()});
}

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
