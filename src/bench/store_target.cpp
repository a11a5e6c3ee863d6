#include "src/bench/store_target.h"

#include <unistd.h>

#include <deque>

#include <fmt/format.h>

#include "src/store/iterator.h"

namespace kvstore::bench {
namespace {

// Performs each operation in send().
class StoreSession final : public Session {
 public:
  StoreSession(Store& store, const Payload& payload, bool durable)
      : store_(store), payload_(payload), write_{.wait = durable} {}

  void send(const Operation& operation) override { answers_.push_back(answer(operation)); }
  Result<Answer> receive() override {
    Answer first = std::move(answers_.front());
    answers_.pop_front();
    return first;
  }

 private:
  Answer answer(const Operation& operation);
  Answer write(const Operation& operation);
  Answer read(const Operation& operation);
  Answer scan(const Operation& operation);

  Store& store_;
  const Payload& payload_;
  const WriteOptions write_;
  std::string key_, value_;
  std::deque<Answer> answers_;
};

Answer StoreSession::answer(const Operation& operation) {
  payload_.key(operation.key, &key_);
  switch (operation.action) {
    case Action::kRead:
    case Action::kReadRange:
      return read(operation);
    case Action::kScan:
      return scan(operation);
    default:
      return write(operation);
  }
}

Answer StoreSession::write(const Operation& operation) {
  const std::string_view piece = payload_.piece(operation.key);
  const auto written = operation.action == Action::kAppend ? store_.append(key_, piece, write_)
                                                           : store_.set(key_, piece, write_);
  if (!written) return {.failure = written.error()};
  return {.bytes = piece.size()};
}

Answer StoreSession::read(const Operation& operation) {
  const auto found = operation.action == Action::kRead
                         ? store_.get(key_, &value_)
                         : store_.read(key_, static_cast<std::int64_t>(operation.offset),
                                       operation.count, &value_);
  if (!found) return {.failure = found.error()};
  return {value_.size(), check_value(payload_, operation, *found, value_)};
}

Answer StoreSession::scan(const Operation& operation) {
  const auto keys = store_.iterator({});
  if (!keys) return {.failure = keys.error()};
  ScanCheck check(payload_, operation);
  (*keys)->seek(key_);
  for (std::uint64_t i = 0; i < operation.count && (*keys)->valid(); ++i, (*keys)->next()) {
    const auto value = (*keys)->value();
    if (!value) return {.failure = value.error()};
    check.take((*keys)->key(), *value);
  }
  if (!(*keys)->status()) return {.failure = (*keys)->status().error()};
  return {check.bytes(), check.finish()};
}

}  // namespace

Status StoreTarget::prepare(std::size_t size) {
  store_.reset();
  payload_ = std::make_unique<Payload>(size, "key:");
  Options options{.sync = sync_};
  options.compact_at = 0;  // an unnamed file cannot be replaced by a compaction
  if (path_.empty()) {
    KV_ASSIGN(unnamed_, file::UnnamedFile::make());
    options.file_system = unnamed_.get();
  } else {
    ::unlink(path_.c_str());
  }
  KV_ASSIGN(store_, Store::open(path_.empty() ? "the benchmark's file" : path_, options));
  return {};
}

Result<std::unique_ptr<Session>> StoreTarget::session(bool durable) {
  return std::make_unique<StoreSession>(*store_, *payload_, durable);
}

Status StoreTarget::clean(std::uint64_t) {
  Status closed = store_->close();
  store_.reset();
  unnamed_.reset();
  return closed;
}

std::string StoreTarget::description() const {
  return fmt::format("in this process, --sync {}", sync_.to_string());
}

}  // namespace kvstore::bench
