// Replies as bytes for the wire. (What people and scripts see is the shell's
// business: repl/.)
#pragma once

#include <string>

#include "src/command/reply.h"

namespace kvstore::command {

// The text protocol: `+OK`, `+VALUE n` and the bytes, `:n`, `+NIL`, `+ARRAY n`
// and n replies, `-ERR CODE text`, `+WORD` for a status. Lines end as the
// command's did. Appends to *out.
void render_text(const Reply& reply, bool crlf, std::string* out);

// RESP2, with Redis' own wording where Redis has one ("ERR unknown command ...",
// "ERR wrong number of arguments for 'get' command").
void render_resp2(const Reply& reply, std::string* out);

}  // namespace kvstore::command
