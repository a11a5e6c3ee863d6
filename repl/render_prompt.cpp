// The format at the prompt: every reply shows its type.
#include <fmt/core.h>

#include "repl/quote.h"
#include "repl/render.h"
#include "src/base/quote.h"

namespace kvstore::repl {
namespace {

using command::Reply;

void append_item(const Reply& reply, Mode mode, std::size_t indent, bool nested, std::string* out);

// A value within an array stays on its numbered line.
void append_value(std::string_view bytes, Mode mode, std::size_t indent, bool nested,
                  std::string* out) {
  if (mode == Mode::kHex) {
    append_hex_dump(bytes, std::string(indent, ' '), out);
    return;
  }
  if (mode == Mode::kQuoted) {
    append_quoted(bytes, out);
  } else {
    append_shown(bytes, nested ? Newlines::kQuoted : Newlines::kShown, out);
  }
  if (out->back() != '\n') *out += '\n';
}

void append_numbered(const Reply& item, Mode mode, std::uint64_t number, std::size_t width,
                     std::size_t indent, std::string* out) {
  const std::string before = fmt::format("{:>{}}) ", number, width);
  *out += before;
  append_item(item, mode, indent + before.size(), true, out);
}

void append_array(const Reply& reply, Mode mode, std::size_t indent, std::string* out) {
  if (reply.items.empty()) *out += "(empty array)\n";
  const std::size_t width = std::to_string(reply.items.size()).size();
  for (std::size_t i = 0; i < reply.items.size(); ++i) {
    if (i != 0) out->append(indent, ' ');
    append_numbered(reply.items[i], mode, i + 1, width, indent, out);
  }
}

void append_item(const Reply& reply, Mode mode, std::size_t indent, bool nested,
                 std::string* out) {
  switch (reply.kind) {
    case Reply::Kind::kOk: *out += "OK\n"; break;
    case Reply::Kind::kStatus: *out += reply.text + '\n'; break;
    case Reply::Kind::kValue: append_value(reply.text, mode, indent, nested, out); break;
    case Reply::Kind::kInteger: *out += fmt::format("(integer) {}\n", reply.integer); break;
    case Reply::Kind::kReal: *out += fmt::format("(double) {}\n", reply.real); break;
    case Reply::Kind::kMissing: *out += "(nil)\n"; break;
    case Reply::Kind::kArray: append_array(reply, mode, indent, out); break;
    case Reply::Kind::kError:
      *out += fmt::format("(error) {} {}\n", code_name(reply.error.code), reply.error.message);
      break;
  }
}

}  // namespace

void render_prompt(const Reply& reply, Mode mode, std::string* out) {
  append_item(reply, mode, 0, false, out);
}

void render_numbered(const Reply& item, Mode mode, std::uint64_t number, std::size_t width,
                     std::string* out) {
  append_numbered(item, mode, number, width, 0, out);
}

}  // namespace kvstore::repl
