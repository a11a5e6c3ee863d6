// The format for programs: data only, one reply a line, one array item a line, the items of an
// array within an array on one line between tabs.
#include <fmt/format.h>

#include "repl/quote.h"
#include "repl/render.h"
#include "src/base/quote.h"

namespace kvstore::repl {
namespace {

using command::Reply;

void append_value(std::string_view bytes, Mode mode, const Look& look, std::string* out) {
  if (mode == Mode::kHex) {
    append_hex(bytes, out);
  } else if (mode == Mode::kQuoted) {
    append_quoted(bytes, out);
  } else if (look.terminal) {
    append_shown(bytes, Newlines::kShown, out);
  } else {
    *out += bytes;
  }
}

void append_field(const Reply& reply, Mode mode, const Look& look, std::string* out) {
  switch (reply.kind) {
    case Reply::Kind::kOk:
      *out += "OK";
      break;
    case Reply::Kind::kStatus:
      *out += reply.text;
      break;
    case Reply::Kind::kValue:
      append_value(reply.text, mode, look, out);
      break;
    case Reply::Kind::kInteger:
      *out += fmt::to_string(reply.integer);
      break;
    case Reply::Kind::kReal:
      *out += fmt::to_string(reply.real);
      break;
    case Reply::Kind::kMissing:
      if (look.nil) *out += *look.nil;
      break;
    case Reply::Kind::kError:
      *out += error_field(reply.error);
      break;
    case Reply::Kind::kArray:
      for (std::size_t i = 0; i < reply.items.size(); ++i) {
        if (i != 0) *out += '\t';
        append_field(reply.items[i], mode, look, out);
      }
      break;
  }
}

}  // namespace

std::string error_field(const Error& error) {
  return fmt::format("(error) {} {}", code_name(error.code), error.message);
}

void render_script(const Reply& reply, Mode mode, const Look& look, std::string* out) {
  if (reply.kind == Reply::Kind::kArray) {
    for (const Reply& item : reply.items) {
      append_field(item, mode, look, out);
      *out += '\n';
    }
    return;
  }
  append_field(reply, mode, look, out);
  // A missing value has no bytes: `GET photo > photo.jpg` leaves an empty file.
  const bool exact = !look.newline && (reply.kind == Reply::Kind::kValue ||
                                       (reply.kind == Reply::Kind::kMissing && !look.nil));
  if (!exact) *out += '\n';
}

}  // namespace kvstore::repl
