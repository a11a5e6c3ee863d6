#include "src/wire/reply_parser.h"

#include <utility>

#include <fmt/core.h>

#include "src/command/numbers.h"
#include "src/command/quote.h"
#include "src/wire/other_protocol.h"
#include "src/wire/reply_writer.h"

namespace kvstore::wire {
namespace {

using command::parse_integer;
using command::parse_unsigned;
using command::quote;
using command::Reply;

// The inverse of render_text()'s `-ERR CODE message; try: hint`.
Error parse_error(std::string_view text) {
  Error error;
  const std::size_t blank = text.find(' ');
  const std::string_view name = text.substr(0, blank);
  error.code = code_from_name(name);
  // An error of another program or a later version: its first word is not a known code.
  if (code_name(error.code) != name && name != "ERR") {
    error.message = text;
    return error;
  }
  if (blank == npos) return error;
  text.remove_prefix(blank + 1);
  // With nothing after it the mark belongs to the message.
  const std::size_t hint = text.ends_with(kHintMark) ? npos : text.rfind(kHintMark);
  error.message = text.substr(0, hint);
  if (hint != npos) error.hint = text.substr(hint + kHintMark.size());
  return error;
}

}  // namespace

void ReplyParser::feed(std::string_view bytes) { input_.feed(bytes); }

ReplyParser::Event ReplyParser::next() {
  if (dead_) return Event::kError;
  for (;;) {
    const Step done = step();
    if (!done) continue;
    if (*done == Event::kNeedInput) input_.trim();
    return *done;
  }
}

Reply ReplyParser::take() { return std::exchange(reply_, {}); }

ReplyParser::Step ReplyParser::step() { return value_size_ ? step_value() : step_line(); }

ReplyParser::Step ReplyParser::step_line() {
  const std::size_t newline = input_.find('\n', scanned_);
  const std::size_t end = newline == npos ? input_.size() : newline;
  if (end > limits_.max_line) return fatal("a line is longer than any reply's");
  scanned_ = end;
  if (newline == npos) return Event::kNeedInput;
  std::string_view line = input_.view(0, newline);
  if (line.ends_with('\r')) line.remove_suffix(1);
  const Step done = take_line(line);
  if (!dead_) input_.consume(newline + 1);
  scanned_ = 0;
  return done;
}

ReplyParser::Step ReplyParser::take_line(std::string_view line) {
  if (line.starts_with(':')) {
    const auto number = parse_integer(line.substr(1));
    if (number) return add(Reply::of(*number));
  }
  if (line == "+OK") return add(Reply::ok());
  return protocol_ == Protocol::kText ? take_text_line(line) : take_resp_line(line);
}

ReplyParser::Step ReplyParser::take_text_line(std::string_view line) {
  if (line.starts_with("-ERR ")) return add(Reply::failure(parse_error(line.substr(5))));
  if (line.starts_with("+VALUE ")) return open_value(line.substr(7));
  if (line.starts_with("+ARRAY ")) return open_array(line.substr(7));
  if (line == "+NIL") return add(Reply::missing());
  if (line.size() > 1 && line[0] == '+') return add(Reply::status(std::string(line.substr(1))));
  return fatal(fmt::format("{} is not a reply", quote(line)));
}

// `-ERR ...` is Redis' prefix for any error, and tells no more than its message.
ReplyParser::Step ReplyParser::take_resp_line(std::string_view line) {
  if (line == "$-1" || line == "*-1") return add(Reply::missing());
  if (line.starts_with('$')) return open_value(line.substr(1));
  if (line.starts_with('*')) return open_array(line.substr(1));
  if (line.starts_with('+')) return add(Reply::status(std::string(line.substr(1))));
  if (line.starts_with('-'))
    return add(Reply::failure({parse_error(line.substr(1)), std::string(line.substr(1))}));
  return fatal(fmt::format("{} is not a reply", quote(line)));
}

ReplyParser::Step ReplyParser::open_value(std::string_view digits) {
  const auto size = parse_unsigned(digits);
  if (!size) return fatal(fmt::format("{} is not a size", quote(digits)));
  if (*size > limits_.max_value || *size > limits_.max_total - total_) {
    return fatal(fmt::format("a value of {} bytes is over the limit", *size));
  }
  total_ += *size;
  value_size_ = *size;
  return {};
}

ReplyParser::Step ReplyParser::step_value() {
  const std::size_t size = *value_size_;
  if (input_.size() <= size) return Event::kNeedInput;
  std::size_t line_end = 1;
  if (input_[size] == '\r') {
    if (input_.size() == size + 1) return Event::kNeedInput;
    line_end = 2;
  }
  if (input_[size + line_end - 1] != '\n') return fatal("no line end follows a value");
  const Step done = add(Reply::value(std::string(input_.view(0, size))));
  input_.consume(size + line_end);
  value_size_.reset();
  return done;
}

ReplyParser::Step ReplyParser::open_array(std::string_view digits) {
  const auto count = parse_unsigned(digits);
  if (!count) return fatal(fmt::format("{} is not a count", quote(digits)));
  if (*count > limits_.max_items - items_) {
    return fatal(fmt::format("an array of {} items is over the limit", *count));
  }
  if (arrays_.size() == limits_.max_depth) return fatal("arrays are nested too deeply");
  items_ += *count;
  if (*count == 0) return add(Reply::array({}));
  arrays_.push_back({Reply::array({}), *count});
  return {};
}

// Adds a reply to the innermost open array, and that array, once it is full, to the next one.
ReplyParser::Step ReplyParser::add(Reply reply) {
  while (!arrays_.empty()) {
    OpenArray& array = arrays_.back();
    array.reply.items.push_back(std::move(reply));
    if (--array.left > 0) return {};
    reply = std::move(array.reply);
    arrays_.pop_back();
  }
  reply_ = std::move(reply);
  total_ = 0;
  items_ = 0;
  return Event::kReply;
}

Error answers_in_resp() {
  return {Code::kNetwork,
          "the server does not speak the text protocol, but RESP: it is not kvstore",
          "redis-cli, if it is a Redis; kvstore replay --protocol resp writes to one"};
}

ReplyParser::Step ReplyParser::fatal(const std::string& message) {
  dead_ = true;
  input_.clear();
  const std::string_view name = protocol_ == Protocol::kText ? "the text protocol" : "RESP";
  error_ = Error{Code::kNetwork, fmt::format("the server does not speak {}: {}", name, message),
                 "check the address: is it a kvstore?"};
  const bool is_resp =
      message.starts_with("'*") || message.starts_with("'$") || message.starts_with("'-");
  if (protocol_ == Protocol::kText && is_resp) error_ = answers_in_resp();
  // Perhaps from kvstore's HTTP port, perhaps from another server.
  if (message.starts_with("'HTTP/1.")) {
    error_ = Error{Code::kNetwork,
                   fmt::format("the server does not speak {} on this port, but HTTP", name),
                   "the port of --listen; this one is for curl and browsers"};
  }
  return Event::kError;
}

}  // namespace kvstore::wire
