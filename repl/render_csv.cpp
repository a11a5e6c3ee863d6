// A reply becomes rows: each item of an array is a row, an array within an array is one row of
// several fields. Rows end in LF.
#include <fmt/format.h>

#include "repl/render.h"

namespace kvstore::repl {
namespace {

using command::Reply;

void append_fields(const Reply& reply, const Look& look, std::string* out) {
  switch (reply.kind) {
    case Reply::Kind::kOk: *out += "OK"; break;
    case Reply::Kind::kStatus:
    case Reply::Kind::kValue: append_csv_field(reply.text, out); break;
    case Reply::Kind::kInteger: *out += fmt::to_string(reply.integer); break;
    case Reply::Kind::kReal: *out += fmt::to_string(reply.real); break;
    case Reply::Kind::kMissing:
      if (look.nil) append_csv_field(*look.nil, out);
      break;
    case Reply::Kind::kError: append_csv_field(error_field(reply.error), out); break;
    case Reply::Kind::kArray:
      for (std::size_t i = 0; i < reply.items.size(); ++i) {
        if (i != 0) *out += ',';
        append_fields(reply.items[i], look, out);
      }
      break;
  }
}

}  // namespace

void append_csv_field(std::string_view bytes, std::string* out) {
  // An empty value is "", to differ from a missing one.
  if (!bytes.empty() && bytes.find_first_of(",\"\r\n") == bytes.npos) {
    *out += bytes;
    return;
  }
  *out += '"';
  for (const char byte : bytes) {
    if (byte == '"') *out += '"';
    *out += byte;
  }
  *out += '"';
}

void render_csv(const Reply& reply, const Look& look, std::string* out) {
  if (reply.kind != Reply::Kind::kArray) {
    append_fields(reply, look, out);
    *out += '\n';
    return;
  }
  for (const Reply& item : reply.items) {
    append_fields(item, look, out);
    *out += '\n';
  }
}

}  // namespace kvstore::repl
