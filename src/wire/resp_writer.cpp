#include "src/wire/resp_writer.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <limits>

#include <fmt/format.h>

#include "src/command/numbers.h"
#include "src/command/quote.h"

namespace kvstore::wire {
namespace {

using command::Aggregate;
using command::Failure;

// Redis' clients take the first word of an error as its class.
std::string error_text(const Failure& failure) {
  if (!failure.redis.empty()) {
    // Redis also replaces line ends in an argument by blanks.
    std::string text = failure.redis;
    std::replace_if(
        text.begin(), text.end(), [](char c) { return c == '\r' || c == '\n'; }, ' ');
    return text;
  }
  const Error& error = failure.error;
  if (error.message.starts_with("Protocol error")) return "ERR " + error.message;
  if (error.code == Code::kType) {
    return "WRONGTYPE Operation against a key holding the wrong kind of value";
  }
  return fmt::format("{} {}", code_name(error.code), describe(error));
}

char mark_of(Aggregate kind) {
  switch (kind) {
    case Aggregate::kArray:
      return '*';
    case Aggregate::kMap:
      return '%';
    case Aggregate::kSet:
      return '~';
    case Aggregate::kPush:
      return '>';
  }
  return '*';
}

// Appends a mark and a number; most replies contain one, lists many.
void append_count(char mark, std::uint64_t number, std::string* out) {
  char line[1 + std::numeric_limits<std::uint64_t>::digits10 + 1 + 2] = {mark};
  char* end = std::to_chars(line + 1, std::end(line), number).ptr;
  *end++ = '\r';
  *end++ = '\n';
  out->append(line, end);
}

}  // namespace

void RespWriter::missing() { line(is_resp3_ ? "_" : "$-1"); }
void RespWriter::missing_array() { line(is_resp3_ ? "_" : "*-1"); }
void RespWriter::error(const Failure& failure) {
  line("-", command::escape_controls(error_text(failure)));
}

void RespWriter::real(double number) {
  const std::string digits = command::redis_real_text(number);
  if (is_resp3_)
    line(",", digits);
  else
    value(digits);
}

// A text is `=n`, and its first four bytes tell that it is plain.
void RespWriter::text(std::string_view bytes) {
  if (!is_resp3_) return value(bytes);
  line(fmt::format("={}\r\ntxt:", bytes.size() + 4), bytes);
}

void RespWriter::append_value_header(std::uint64_t size, std::string* out) const {
  append_count('$', size, out);
}

void RespWriter::append_header(Aggregate kind, std::uint64_t count, std::string* out) const {
  if (!is_resp3_) return append_count('*', count, out);
  append_count(mark_of(kind), kind == Aggregate::kMap ? count / 2 : count, out);
}

}  // namespace kvstore::wire
