#include "src/wire/resp_writer.h"

#include <algorithm>

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
    // In Redis' words also as Redis shows the line ends of an argument.
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

// A text is `=n`, and its first four bytes say that it is plain.
void RespWriter::text(std::string_view bytes) {
  if (!is_resp3_) return value(bytes);
  line(fmt::format("={}\r\ntxt:", bytes.size() + 4), bytes);
}

std::string RespWriter::value_header(std::uint64_t size) const {
  return fmt::format("${}\r\n", size);
}

std::string RespWriter::header(Aggregate kind, std::uint64_t count) const {
  if (!is_resp3_) return fmt::format("*{}\r\n", count);
  return fmt::format("{}{}\r\n", mark_of(kind), kind == Aggregate::kMap ? count / 2 : count);
}

}  // namespace kvstore::wire
