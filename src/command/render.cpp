#include "src/command/render.h"

#include <iterator>

#include <fmt/format.h>

#include "src/command/quote.h"

namespace kvstore::command {
namespace {

// Redis' clients take the first word of an error as its class.
std::string resp_error_text(const Reply& reply) {
  if (!reply.text.empty()) return reply.text;
  const Error& error = reply.error;
  if (error.message.starts_with("Protocol error")) return "ERR " + error.message;
  return fmt::format("{} {}", code_name(error.code), describe(error));
}

}  // namespace

std::string describe(const Error& error) {
  if (error.hint.empty()) return error.message;
  return fmt::format("{}{}{}", error.message, kHintMark, error.hint);
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
      fmt::format_to(to, "+VALUE {}{}", reply.text.size(), eol);
      out->append(reply.text).append(eol);
      break;
    case Reply::Kind::kInteger:
      fmt::format_to(to, ":{}{}", reply.integer, eol);
      break;
    case Reply::Kind::kMissing:
      out->append("+NIL").append(eol);
      break;
    case Reply::Kind::kArray:
      fmt::format_to(to, "+ARRAY {}{}", reply.items.size(), eol);
      for (const Reply& item : reply.items) render_text(item, crlf, out);
      break;
    case Reply::Kind::kError:
      fmt::format_to(to, "-ERR {} {}{}", code_name(reply.error.code),
                     escape_controls(describe(reply.error)), eol);
      break;
  }
}

void render_resp2(const Reply& reply, std::string* out) {
  const auto to = std::back_inserter(*out);
  switch (reply.kind) {
    case Reply::Kind::kOk:
      out->append("+OK\r\n");
      break;
    case Reply::Kind::kStatus:
      out->append("+").append(reply.text).append("\r\n");
      break;
    case Reply::Kind::kValue:
      fmt::format_to(to, "${}\r\n", reply.text.size());
      out->append(reply.text).append("\r\n");
      break;
    case Reply::Kind::kInteger:
      fmt::format_to(to, ":{}\r\n", reply.integer);
      break;
    case Reply::Kind::kMissing:
      out->append("$-1\r\n");
      break;
    case Reply::Kind::kArray:
      fmt::format_to(to, "*{}\r\n", reply.items.size());
      for (const Reply& item : reply.items) render_resp2(item, out);
      break;
    case Reply::Kind::kError:
      out->append("-").append(escape_controls(resp_error_text(reply))).append("\r\n");
      break;
  }
}

}  // namespace kvstore::command
