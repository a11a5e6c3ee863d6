#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "repl/render.h"
#include "src/base/base64.h"
#include "src/base/utf8.h"

namespace kvstore::repl {

using command::Reply;

void append_json(std::string_view bytes, std::string* out) {
  if (is_utf8(bytes)) {
    *out += nlohmann::json(bytes).dump();
    return;
  }
  *out += R"({"base64":")";
  append_base64(bytes, out);
  *out += R"("})";
}

void render_json(const Reply& reply, std::string* out) {
  switch (reply.kind) {
    case Reply::Kind::kOk: *out += R"("OK")"; break;
    case Reply::Kind::kStatus:
    case Reply::Kind::kValue: append_json(reply.text, out); break;
    case Reply::Kind::kInteger: *out += fmt::to_string(reply.integer); break;
    case Reply::Kind::kReal: *out += nlohmann::json(reply.real).dump(); break;
    case Reply::Kind::kMissing: *out += "null"; break;
    case Reply::Kind::kError:
      *out += fmt::format(R"({{"error":"{}","message":)", code_name(reply.error.code));
      append_json(reply.error.message, out);
      *out += '}';
      break;
    case Reply::Kind::kArray:
      *out += '[';
      for (std::size_t i = 0; i < reply.items.size(); ++i) {
        if (i != 0) *out += ',';
        render_json(reply.items[i], out);
      }
      *out += ']';
      break;
  }
}

}  // namespace kvstore::repl
