#include "src/wire/render.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "src/base/check.h"
#include "src/command/quote.h"

namespace kvstore::wire {
namespace {

using command::Dialect;
using command::escape_controls;
using command::Reply;

// Redis' clients take the first word of an error as its class.
std::string resp_error_text(const Reply& reply) {
  if (!reply.text.empty()) {
    // In Redis' words also as Redis shows the line ends of an argument.
    std::string text = reply.text;
    std::replace_if(text.begin(), text.end(), [](char c) { return c == '\r' || c == '\n'; }, ' ');
    return text;
  }
  const Error& error = reply.error;
  if (error.message.starts_with("Protocol error")) return "ERR " + error.message;
  return fmt::format("{} {}", code_name(error.code), describe(error));
}

std::uint64_t size_of(const Reply& reply) {
  if (reply.stream) return reply.stream->size();
  return reply.kind == Reply::Kind::kArray ? reply.items.size() : reply.text.size();
}

void render_resp(const Reply& reply, bool is_resp3, std::string* out);

// A text is `=n`, and its first four bytes say that it is plain.
void render_resp_value(const Reply& reply, bool is_resp3, std::string* out) {
  const bool is_text = is_resp3 && reply.shape == Reply::Shape::kText;
  fmt::format_to(std::back_inserter(*out), "{}{}\r\n{}", is_text ? '=' : '$',
                 size_of(reply) + (is_text ? 4 : 0), is_text ? "txt:" : "");
  if (!reply.stream) out->append(reply.text).append("\r\n");
}

void render_resp_array(const Reply& reply, bool is_resp3, std::string* out) {
  const bool is_map = is_resp3 && reply.shape == Reply::Shape::kMap;
  const bool is_set = is_resp3 && reply.shape == Reply::Shape::kSet;
  fmt::format_to(std::back_inserter(*out), "{}{}\r\n", is_map ? '%' : is_set ? '~' : '*',
                 is_map ? size_of(reply) / 2 : size_of(reply));
  for (const Reply& item : reply.items) render_resp(item, is_resp3, out);
}

void render_resp(const Reply& reply, bool is_resp3, std::string* out) {
  switch (reply.kind) {
    case Reply::Kind::kOk:
      out->append("+OK\r\n");
      break;
    case Reply::Kind::kStatus:
      out->append("+").append(reply.text).append("\r\n");
      break;
    case Reply::Kind::kValue:
      render_resp_value(reply, is_resp3, out);
      break;
    case Reply::Kind::kInteger:
      fmt::format_to(std::back_inserter(*out), ":{}\r\n", reply.integer);
      break;
    case Reply::Kind::kMissing:
      out->append(is_resp3 ? "_\r\n" : "$-1\r\n");
      break;
    case Reply::Kind::kArray:
      render_resp_array(reply, is_resp3, out);
      break;
    case Reply::Kind::kError:
      out->append("-").append(escape_controls(resp_error_text(reply))).append("\r\n");
      break;
  }
}

}  // namespace

std::string describe(const Error& error) {
  if (error.hint.empty()) return error.message;
  return fmt::format("{}{}{}", error.message, kHintMark, error.hint);
}

void render(const Reply& reply, WireFormat format, std::string* out) {
  switch (format.dialect) {
    case Dialect::kText: return render_text(reply, format.crlf, out);
    case Dialect::kResp2: return render_resp2(reply, out);
    case Dialect::kResp3: return render_resp3(reply, out);
  }
}

void render_text(const Reply& reply, bool crlf, std::string* out) {
  const std::string_view eol = crlf ? "\r\n" : "\n";
  const auto to = std::back_inserter(*out);
  switch (reply.kind) {
    case Reply::Kind::kOk:
      out->append("+OK").append(eol);
      break;
    case Reply::Kind::kStatus:
      out->append("+").append(reply.text).append(eol);
      break;
    case Reply::Kind::kValue:
      fmt::format_to(to, "+VALUE {}{}", size_of(reply), eol);
      if (!reply.stream) out->append(reply.text).append(eol);
      break;
    case Reply::Kind::kInteger:
      fmt::format_to(to, ":{}{}", reply.integer, eol);
      break;
    case Reply::Kind::kMissing:
      out->append("+NIL").append(eol);
      break;
    case Reply::Kind::kArray:
      fmt::format_to(to, "+ARRAY {}{}", size_of(reply), eol);
      for (const Reply& item : reply.items) render_text(item, crlf, out);
      break;
    case Reply::Kind::kError:
      fmt::format_to(to, "-ERR {} {}{}", code_name(reply.error.code),
                     escape_controls(describe(reply.error)), eol);
      break;
  }
}

void render_resp2(const Reply& reply, std::string* out) { render_resp(reply, false, out); }
void render_resp3(const Reply& reply, std::string* out) { render_resp(reply, true, out); }

const Reply* stream_of(const Reply& reply) {
  if (reply.stream) return &reply;
  return reply.items.empty() ? nullptr : stream_of(reply.items.back());
}

StreamRenderer::StreamRenderer(const Reply& reply, WireFormat format)
    : stream_(stream_of(reply)->stream),
      format_(format),
      is_value_(stream_of(reply)->kind == Reply::Kind::kValue),
      left_(stream_->size()) {}

Status StreamRenderer::render_some(std::size_t bytes, std::string* out) {
  const std::size_t end = out->size() + bytes;
  while (left_ > 0 && out->size() < end) {
    stream_->next(&part_);
    if (part_.kind == Reply::Kind::kError) return fail(part_.error);
    if (is_value_) {
      KV_CHECK(part_.text.size() > 0 && part_.text.size() <= left_);
      out->append(part_.text);
    } else {
      render(part_, format_, out);
    }
    left_ -= is_value_ ? part_.text.size() : 1;
  }
  if (left_ == 0 && !done_) finish(out);
  return {};
}

void StreamRenderer::finish(std::string* out) {
  done_ = true;
  if (!is_value_) return;
  const bool crlf = format_.crlf || format_.dialect != Dialect::kText;
  out->append(crlf ? "\r\n" : "\n");
}

std::size_t StreamRenderer::memory() const { return stream_->memory() + part_.text.capacity(); }

}  // namespace kvstore::wire
