// Replies as bytes for the wire. (What people and scripts see is the shell's
// business: repl/.)
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "src/base/status.h"
#include "src/command/reply.h"
#include "src/command/session.h"

namespace kvstore::wire {

// Between an error's message and its hint, in both protocols.
inline constexpr std::string_view kHintMark = "; try: ";

// "message; try: hint", or the message alone.
std::string describe(const Error& error);

// How one reply is to be written.
struct WireFormat {
  command::Dialect dialect = command::Dialect::kText;
  bool crlf = false;  // kText: how the command's line ended
};

// Appends to *out. Of a reply that is a stream, or ends in one, only what precedes
// the stream's first part: a StreamRenderer writes the others.
void render(const command::Reply& reply, WireFormat format, std::string* out);

// The text protocol: `+OK`, `+VALUE n` and the bytes, `:n`, `+NIL`, `+ARRAY n`
// and n replies, `-ERR CODE text`, `+WORD` for a status. Lines end as the
// command's did. An error is always one line: control bytes are escaped.
void render_text(const command::Reply& reply, bool crlf, std::string* out);

// RESP2, with Redis' own wording where Redis has one ("ERR unknown command ...",
// "ERR wrong number of arguments for 'get' command").
void render_resp2(const command::Reply& reply, std::string* out);
// RESP3: maps, sets, nulls and texts have types of their own.
void render_resp3(const command::Reply& reply, std::string* out);

// Writes what render() left out of a long reply, some of it at a time.
class StreamRenderer {
 public:
  // `reply` has a stream or ends in one (stream_of()).
  StreamRenderer(const command::Reply& reply, WireFormat format);

  // Appends at least `bytes` more, or the rest: then done(). An error: the reply
  // can never be finished, and nothing must be sent after it.
  Status render_some(std::size_t bytes, std::string* out);
  bool done() const { return done_; }
  std::size_t memory() const;

 private:
  void finish(std::string* out);

  std::shared_ptr<command::ReplyStream> stream_;
  const WireFormat format_;
  bool is_value_;
  bool done_ = false;
  std::uint64_t left_;  // of the stream's size
  command::Reply part_;
};

// The stream that ends `reply`; null if there is none.
const command::Reply* stream_of(const command::Reply& reply);

}  // namespace kvstore::wire
