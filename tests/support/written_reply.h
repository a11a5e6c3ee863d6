// A Reply as the bytes of a protocol.
#pragma once

#include <string>

#include "src/command/reply.h"
#include "src/wire/resp_writer.h"
#include "src/wire/text_writer.h"

namespace kvstore::wire {

inline void render_text(const command::Reply& reply, bool crlf, std::string* out) {
  TextWriter writer(out);
  writer.set_crlf(crlf);
  command::write(reply, writer);
}

inline void render_resp(const command::Reply& reply, command::Dialect dialect, std::string* out) {
  RespWriter writer(out);
  writer.speak(dialect);
  command::write(reply, writer);
}

inline void render_resp2(const command::Reply& reply, std::string* out) {
  render_resp(reply, command::Dialect::kResp2, out);
}

}  // namespace kvstore::wire
