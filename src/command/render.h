// Replies as bytes for the wire. (What people and scripts see is the shell's
// business: repl/.)
#pragma once

#include <string>
#include <string_view>

#include "src/command/reply.h"

namespace kvstore::command {

// Between an error's message and its hint, in both protocols.
inline constexpr std::string_view kHintMark = "; try: ";

// "message; try: hint", or the message alone.
std::string describe(const Error& error);

// The text protocol: `+OK`, `+VALUE n` and the bytes, `:n`, `+NIL`, `+ARRAY n`
// and n replies, `-ERR CODE text`, `+WORD` for a status. Lines end as the
// command's did. An error is always one line: control bytes are escaped. Appends
// to *out.
void render_text(const Reply& reply, bool crlf, std::string* out);

// RESP2, with Redis' own wording where Redis has one ("ERR unknown command ...",
// "ERR wrong number of arguments for 'get' command").
void render_resp2(const Reply& reply, std::string* out);

}  // namespace kvstore::command
