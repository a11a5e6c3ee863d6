#include "server/http/sinks.h"

#include <algorithm>

#include <fmt/format.h>

#include "src/base/clock.h"

namespace kvstore::server::http {
namespace {

constexpr std::size_t kAskedAtOnce = std::size_t{256} << 10;

Status check_size(const Exchange& exchange, std::uint64_t size) {
  const std::uint64_t most = exchange.shared.config.max_request;
  if (size <= most) return {};
  return fail(Code::kTooBig,
              fmt::format("{} bytes are too many for JSON: the limit is {}", size, most),
              "ask for the bytes: Accept: application/octet-stream, with a Range perhaps");
}

// Appends the next part of a stream's value.
class StringPart final : public QuietSink {
 public:
  explicit StringPart(std::string* out) : out_(*out) {}
  void part(std::string_view bytes) override { out_ += bytes; }

 private:
  std::string& out_;
};

}  // namespace

Status HeldMemory::grow_to(std::size_t bytes) {
  if (bytes <= asked_) return {};
  const std::size_t more = std::max(bytes - asked_, kAskedAtOnce);
  KV_TRY(exchange_.take_memory(more));
  asked_ += more;
  return {};
}

std::optional<std::uint64_t> EntrySink::ttl_s() const {
  if (expires_at_ms == 0) return std::nullopt;
  const std::uint64_t now = now_ms();
  return expires_at_ms > now ? (expires_at_ms - now + 999) / 1000 : 0;
}

void EntrySink::take_text(std::string_view text) {
  switch (items_++) {
    case 1:
      time = text;
      return;
    case 2:
      type = text;
      return;
    default:
      bytes = text;
  }
}

void EntrySink::integer(std::int64_t number) {
  const auto unsigned_number = static_cast<std::uint64_t>(number);
  switch (items_++) {
    case 0:
      version = unsigned_number;
      return;
    case 3:
      size = unsigned_number;
      return;
    default:
      expires_at_ms = unsigned_number;
  }
}

void EntrySink::missing() {
  if (is_inside_)
    ++items_;
  else
    is_missing = true;
}

bool JsonSink::has_memory(std::size_t more) {
  if (problem_) return false;
  if (const Status taken = held_.grow_to_text(out_.size() + more); !taken) problem_ = taken.error();
  return !problem_;
}

void JsonSink::part(std::string_view bytes) {
  value_size_ += bytes.size() + kvstore::wire::json_size(bytes);
  if (has_memory(value_size_)) writer_.part(bytes);
}

Status JsonSink::write_all(command::ReplyStream& stream) {
  while (stream.left() > 0) {
    KV_TRY(stream.next(*this));
    if (problem_) return kvstore::fail(*problem_);
    KV_TRY(check_size(exchange_, out_.size()));
  }
  return {};
}

void JsonSink::stream(std::unique_ptr<command::ReplyStream> stream) {
  if (problem_) return;
  Status written;
  if (stream->kind() == command::ReplyStream::Kind::kValue) {
    auto value = read_all(exchange_, *stream);
    if (value) return this->value(*value);
    written = kvstore::fail(std::move(value.error()));
  } else {
    begin(command::Aggregate::kArray, command::ReplySink::kUncounted);
    written = write_all(*stream);
    if (written) return end();
  }
  problem_ = written.error();
}

bool ListSink::has_memory(std::size_t more) {
  constexpr std::size_t kOfItem = 128;
  size_ += more + kOfItem;
  if (problem) return false;
  if (const Status taken = held_.grow_to(size_); !taken) problem = taken.error();
  return !problem;
}

// Counts, besides an item, its JSON text and the copy for the socket.
void ListSink::add(std::string_view bytes) {
  if (has_memory(bytes.size() + 2 * kvstore::wire::json_size(bytes))) items.emplace_back(bytes);
}

void ListSink::stream(std::unique_ptr<command::ReplyStream> stream) {
  while (stream->left() > 0 && !problem) {
    if (const Status next = stream->next(*this); !next) problem = next.error();
  }
}

Result<std::string> read_all(Exchange& exchange, command::ReplyStream& stream) {
  KV_TRY(check_size(exchange, stream.left()));
  KV_TRY(exchange.take_memory(stream.left()));
  std::string value;
  value.reserve(stream.left());
  StringPart sink(&value);
  while (stream.left() > 0) KV_TRY(stream.next(sink));
  return value;
}

}  // namespace kvstore::server::http
