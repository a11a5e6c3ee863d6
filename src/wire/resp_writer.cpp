#include "src/wire/resp_writer.h"

#include <algorithm>
#include <charconv>
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

constexpr std::size_t kLongestCount = 1 + std::numeric_limits<std::uint64_t>::digits10 + 1 + 2;

// Writes a mark and a number, and returns their end; most replies contain one, lists many.
char* put_count(char mark, std::uint64_t number, char* to) {
  *to = mark;
  char* end = std::to_chars(to + 1, to + kLongestCount, number).ptr;
  *end++ = '\r';
  *end++ = '\n';
  return end;
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

char* RespWriter::put_value_header(std::uint64_t size, char* to) const {
  return put_count('$', size, to);
}

void RespWriter::append_header(Aggregate kind, std::uint64_t count, std::string* out) const {
  const bool is_pairs = is_resp3_ && kind == Aggregate::kMap;
  char line[kLongestCount];
  out->append(line, put_count(is_resp3_ ? mark_of(kind) : '*', is_pairs ? count / 2 : count, line));
}

}  // namespace kvstore::wire
