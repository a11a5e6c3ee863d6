// Exactly one line for each reply, so that a program at the other end of a pipe reads a line for
// each command it writes:
//
//   OK               done
//   NIL              no such key (or the --nil text)
//   ERR CODE text    refused
//   3                a number
//   hello            a value; "in quotes", with the text grammar's escapes, where it is
//                    empty, holds anything but printable characters, or could be taken
//                    for one of the above
//   a<TAB>b          the items of an array; an array within one as JSON
#include <fmt/format.h>

#include "repl/quote.h"
#include "repl/render.h"
#include "src/base/quote.h"

namespace kvstore::repl {
namespace {

using command::Reply;

bool is_ambiguous(std::string_view bytes, const Look& look) {
  return bytes == "OK" || bytes == "ERR" || bytes.starts_with("ERR ") ||
         bytes == look.nil.value_or("NIL");
}

void append_value(std::string_view bytes, const Look& look, std::string* out) {
  if (look.mode == Mode::kHex && !bytes.empty()) {
    append_hex(bytes, out);
  } else if (look.mode == Mode::kQuoted || is_ambiguous(bytes, look)) {
    append_quoted(bytes, out);
  } else {
    append_shown(bytes, Newlines::kQuoted, out);
  }
}

void append_reply(const Reply& reply, const Look& look, bool nested, std::string* out) {
  switch (reply.kind) {
    case Reply::Kind::kOk: *out += "OK"; break;
    case Reply::Kind::kStatus: *out += harmless(reply.text); break;
    case Reply::Kind::kValue: append_value(reply.text, look, out); break;
    case Reply::Kind::kInteger: *out += fmt::to_string(reply.integer); break;
    case Reply::Kind::kReal: *out += fmt::to_string(reply.real); break;
    case Reply::Kind::kMissing: *out += look.nil.value_or("NIL"); break;
    case Reply::Kind::kError: append_ack_error(reply.error, look, out); break;
    case Reply::Kind::kArray:
      if (nested) return render_json(reply, out);
      for (std::size_t i = 0; i < reply.items.size(); ++i) {
        if (i != 0) *out += '\t';
        append_reply(reply.items[i], look, true, out);
      }
      break;
  }
}

}  // namespace

void append_ack_error(const Error& error, const Look& look, std::string* out) {
  if (look.mode == Mode::kJson) return render_json(Reply::failure(error), out);
  *out += fmt::format("ERR {} ", code_name(error.code));
  append_escaped(error.message, {}, out);
}

void render_ack(const Reply& reply, const Look& look, std::string* out) {
  if (look.mode == Mode::kJson) {
    render_json(reply, out);
  } else {
    append_reply(reply, look, false, out);
  }
  *out += '\n';
}

}  // namespace kvstore::repl
