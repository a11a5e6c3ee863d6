#include "src/command/reply.h"

#include "src/base/check.h"

namespace kvstore::command {
namespace {

Aggregate aggregate_of(Reply::Shape shape) {
  switch (shape) {
    case Reply::Shape::kMap:
      return Aggregate::kMap;
    case Reply::Shape::kSet:
      return Aggregate::kSet;
    case Reply::Shape::kPush:
      return Aggregate::kPush;
    default:
      return Aggregate::kArray;
  }
}

Reply::Shape shape_of(Aggregate kind) {
  switch (kind) {
    case Aggregate::kArray:
      return Reply::Shape::kPlain;
    case Aggregate::kMap:
      return Reply::Shape::kMap;
    case Aggregate::kSet:
      return Reply::Shape::kSet;
    case Aggregate::kPush:
      return Reply::Shape::kPush;
  }
  return Reply::Shape::kPlain;
}

void write_items(const Reply& reply, ReplySink& to) {
  to.begin(aggregate_of(reply.shape), reply.items.size());
  for (const Reply& item : reply.items) write(item, to);
  to.end();
}

}  // namespace

Status write_all(ReplyStream& stream, ReplySink& to) {
  const bool is_value = stream.kind() == ReplyStream::Kind::kValue;
  if (is_value)
    to.begin_value(stream.left());
  else
    to.begin(Aggregate::kArray, stream.left() == ReplyStream::kUncounted
                                    ? ReplySink::kUncounted
                                    : static_cast<std::size_t>(stream.left()));
  while (stream.left() > 0) KV_TRY(stream.next(to));
  to.end();
  return {};
}

void write(const Reply& reply, ReplySink& to) {
  KV_CHECK(reply.stream == nullptr);
  switch (reply.kind) {
    case Reply::Kind::kOk:
      return to.ok();
    case Reply::Kind::kStatus:
      return to.status(reply.text);
    case Reply::Kind::kValue:
      return reply.shape == Reply::Shape::kText ? to.text(reply.text) : to.value(reply.text);
    case Reply::Kind::kInteger:
      return to.integer(reply.integer);
    case Reply::Kind::kReal:
      return to.real(reply.real);
    case Reply::Kind::kMissing:
      return reply.shape == Reply::Shape::kList ? to.missing_array() : to.missing();
    case Reply::Kind::kArray:
      return write_items(reply, to);
    case Reply::Kind::kError:
      return to.error({reply.error, reply.text});
  }
}

void ReplyCollector::add(Reply reply) {
  if (open_.empty())
    whole_ = std::move(reply);
  else
    open_.back().items.push_back(std::move(reply));
}

void ReplyCollector::text(std::string_view bytes) {
  Reply reply = Reply::value(std::string(bytes));
  reply.shape = Reply::Shape::kText;
  add(std::move(reply));
}

void ReplyCollector::missing_array() {
  Reply reply = Reply::missing();
  reply.shape = Reply::Shape::kList;
  add(std::move(reply));
}

void ReplyCollector::real(double number) {
  Reply reply;
  reply.kind = Reply::Kind::kReal;
  reply.real = number;
  add(std::move(reply));
}

void ReplyCollector::begin(Aggregate kind, std::size_t count) {
  Reply& reply = open_.emplace_back(Reply::array({}));
  reply.shape = shape_of(kind);
  if (count != kUncounted) reply.items.reserve(count);
}

void ReplyCollector::begin_value(std::uint64_t size) {
  open_.push_back(Reply::value({}));
  open_.back().text.reserve(size);
}

void ReplyCollector::end() {
  KV_CHECK(!open_.empty());
  Reply closed = std::move(open_.back());
  open_.pop_back();
  add(std::move(closed));
}

void ReplyCollector::stream(std::unique_ptr<ReplyStream> stream) {
  const bool is_kept = open_.empty() ? streams_ != Streams::kHeld
                                     : open_.size() == 1 && streams_ == Streams::kKeptInside;
  if (is_kept) {
    Reply reply;
    reply.kind =
        stream->kind() == ReplyStream::Kind::kValue ? Reply::Kind::kValue : Reply::Kind::kArray;
    reply.stream = std::move(stream);
    return add(std::move(reply));
  }
  const std::size_t depth = open_.size();
  const Status written = write_all(*stream, *this);
  if (written) return;
  open_.resize(depth);
  error(Failure(written.error()));
}

void ReplyCollector::discard() {
  open_.clear();
  whole_ = {};
}

Reply ReplyCollector::take() {
  KV_CHECK(open_.empty());
  return std::exchange(whole_, {});
}

}  // namespace kvstore::command
