#include "repl/long_reply.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "repl/change_rows.h"
#include "repl/pair_rows.h"
#include "repl/quote.h"
#include "repl/signals.h"
#include "src/base/cancel.h"
#include "src/base/clock.h"

namespace kvstore::repl {
namespace {

using command::Reply;
using command::ReplyCollector;
using command::ReplyStream;

// The next piece as a reply: bytes of the value, or an item.
Result<Reply> next_piece(ReplyStream& stream) {
  ReplyCollector collector;
  const bool is_value = stream.kind() == ReplyStream::Kind::kValue;
  if (is_value) collector.begin_value(0);
  KV_TRY(stream.next(collector));
  if (is_value) collector.end();
  return collector.take();
}

// Items of an array one by one, in the format of the whole.
class ItemRows {
 public:
  // `count`: number of items, if known.
  ItemRows(const Look& look, std::uint64_t count, std::string* out)
      : look_(look),
        width_(count == ReplyStream::kUncounted ? 0 : std::to_string(count).size()),
        out_(*out) {}

  void add(Reply item) {
    ++count_;
    if (look_.mode == Mode::kJson) {
      out_ += count_ == 1 ? '[' : ',';
      render_json(item, &out_);
    } else if (look_.prompt && look_.mode != Mode::kCsv) {
      add_numbered(item);
    } else {
      std::vector<Reply> row;
      row.push_back(std::move(item));
      render(Reply::array(std::move(row)), look_, &out_);
    }
  }
  void finish() {
    if (look_.mode == Mode::kJson) out_ += count_ == 0 ? "[]\n" : "]\n";
  }

 private:
  void add_numbered(const Reply& item) {
    std::string row;
    render_numbered(item, look_.mode, count_, width_, &row);
    out_ += look_.terminal ? harmless(row) : row;
  }

  const Look& look_;
  const std::size_t width_;
  std::string& out_;
  std::uint64_t count_ = 0;
};

bool goes_on(const ReplyStream& stream, const Output& output) {
  return stream.left() > 0 && !output.broken() && !signals::interrupted();
}

Status show_value(ReplyStream& stream, const Look& look, Output& output) {
  while (goes_on(stream, output)) {
    KV_ASSIGN(const Reply piece, next_piece(stream));
    output.buffer() += piece.text;
    output.write_if_full();
  }
  if (look.newline) output.buffer() += '\n';
  return {};
}

// What was shown before an error remains: it could be read.
template <class Rows>
Status show_items(ReplyStream& stream, Rows rows, Output& output) {
  while (goes_on(stream, output)) {
    KV_ASSIGN(Reply item, next_piece(stream));
    rows.add(std::move(item));
    output.write_if_full();
  }
  rows.finish();
  return {};
}

}  // namespace

bool shows_in_pieces(const Reply& reply, const Look& look, Shape shape) {
  if (look.ack || shape == Shape::kProse) return false;
  if (reply.kind == Reply::Kind::kArray) {
    return shape == Shape::kData || shape == Shape::kPairs || shape == Shape::kScores ||
           shape == Shape::kChanges;
  }
  return look.mode == Mode::kPlain && !look.prompt && !look.terminal;
}

Status show_in_pieces(const Reply& reply, const Look& look, Shape shape, Output& output) {
  const CancelScope ctrl_c(&signals::interrupted);
  ReplyStream& stream = *reply.stream;
  std::string* const out = &output.buffer();
  if (reply.kind == Reply::Kind::kValue) return show_value(stream, look, output);
  if (shape == Shape::kPairs || shape == Shape::kScores) {
    return show_items(stream, PairRows(look, PairRows::names_of(shape), out), output);
  }
  if (shape == Shape::kChanges) {
    return show_items(stream, ChangeRows(look, now_us(), out), output);
  }
  return show_items(stream, ItemRows(look, stream.left(), out), output);
}

void hold_stream(Reply* reply) {
  ReplyCollector collector;
  const Status written = write_all(*reply->stream, collector);
  const bool acknowledges_write = reply->acknowledges_write;
  *reply = written ? collector.take() : Reply::failure(written.error());
  reply->acknowledges_write = acknowledges_write;
}

}  // namespace kvstore::repl
