#include "repl/long_reply.h"

#include <utility>
#include <vector>

#include "repl/signals.h"

namespace kvstore::repl {
namespace {

using command::Reply;
using command::ReplyCollector;
using command::ReplyStream;

// The next piece, as a reply: some bytes of the value, or an item.
Result<Reply> next_piece(ReplyStream& stream) {
  ReplyCollector collector;
  const bool is_value = stream.kind() == ReplyStream::Kind::kValue;
  if (is_value) collector.begin_value(0);
  KV_TRY(stream.next(collector));
  if (is_value) collector.end();
  return collector.take();
}

void show_piece(Reply piece, bool is_value, const Look& look, std::string* out) {
  if (is_value) {
    *out += piece.text;
    return;
  }
  std::vector<Reply> row;
  row.push_back(std::move(piece));
  render(Reply::array(std::move(row)), look, out);
}

}  // namespace

bool shows_in_pieces(const Reply& reply, const Look& look, Shape shape) {
  if (look.prompt || look.terminal || look.ack || shape == Shape::kProse) return false;
  if (reply.kind == Reply::Kind::kValue) return look.mode == Mode::kPlain;
  return look.mode != Mode::kJson && shape != Shape::kVersions;
}

Status show_in_pieces(const Reply& reply, const Look& look, Output& output) {
  const bool is_value = reply.kind == Reply::Kind::kValue;
  ReplyStream& stream = *reply.stream;
  while (stream.left() > 0 && !output.broken() && !signals::interrupted()) {
    KV_ASSIGN(Reply piece, next_piece(stream));
    show_piece(std::move(piece), is_value, look, &output.buffer());
    output.write_if_full();
  }
  if (is_value && look.newline) output.buffer() += '\n';
  return {};
}

void hold_stream(Reply* reply) {
  ReplyCollector collector;
  const Status written = write_all(*reply->stream, collector);
  const bool acknowledges_write = reply->acknowledges_write;
  *reply = written ? collector.take() : Reply::failure(written.error());
  reply->acknowledges_write = acknowledges_write;
}

}  // namespace kvstore::repl
