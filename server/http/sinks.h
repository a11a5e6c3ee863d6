// Reply sinks for HTTP.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/http/exchange.h"
#include "src/command/reply_sink.h"
#include "src/wire/json_writer.h"

namespace kvstore::server::http {

// Ignores all parts of a reply; derived sinks override what they take.
class QuietSink : public command::ReplySink {
 public:
  void ok() override {}
  void status(std::string_view) override {}
  void value(std::string_view) override {}
  void integer(std::int64_t) override {}
  void real(double) override {}
  void missing() override {}
  void begin(command::Aggregate, std::size_t) override {}
  void begin_value(std::uint64_t) override {}
  void part(std::string_view) override {}
  void end() override {}
  void stream(std::unique_ptr<command::ReplyStream>) override {}
  void error(const command::Failure&) override {}
  void discard() override {}
};

// Takes the reply of GET key META and READ .. META.
class EntrySink final : public QuietSink {
 public:
  bool is_missing = false;
  std::uint64_t version = 0;
  std::string time;
  std::string type;
  std::uint64_t size = 0;
  std::uint64_t expires_at_ms = 0;  // 0: none
  std::string bytes;                // empty if the value is a stream
  std::unique_ptr<command::ReplyStream> content;

  // The TTL in seconds, rounded up; nullopt: none.
  std::optional<std::uint64_t> ttl_s() const;

  void status(std::string_view word) override { take_text(word); }
  void value(std::string_view text) override { take_text(text); }
  void integer(std::int64_t number) override;
  void missing() override;
  void begin(command::Aggregate, std::size_t) override { is_inside_ = true; }
  void stream(std::unique_ptr<command::ReplyStream> stream) override {
    content = std::move(stream);
  }
  void discard() override { *this = EntrySink(); }

 private:
  void take_text(std::string_view text);
  bool is_inside_ = false;
  std::size_t items_ = 0;
};

// Whether a write has had an effect: takes OK, NIL or a number.
class OutcomeSink final : public QuietSink {
 public:
  bool is_missing = false;
  std::int64_t number = 0;

  void integer(std::int64_t value) override { number = value; }
  void missing() override { is_missing = true; }
  void discard() override { *this = OutcomeSink(); }
};

// Accounts for the memory of growing data, in large enough pieces.
class HeldMemory {
 public:
  explicit HeldMemory(Exchange& exchange) : exchange_(exchange) {}
  // kLimit: not enough memory.
  Status grow_to(std::size_t bytes);
  // For a text that grows by itself, including the copy that is sent.
  Status grow_to_text(std::size_t size) { return grow_to(3 * size); }

 private:
  Exchange& exchange_;
  std::size_t asked_ = 0;
};

// Converts any reply to JSON in memory, which is accounted before it is written. If memory is short
// the rest of the reply is omitted, see problem().
class JsonSink final : public command::ReplySink {
 public:
  // Appends to `out`, whose memory `held` accounts for. Both and the exchange must outlive this.
  JsonSink(Exchange& exchange, HeldMemory& held, std::string* out)
      : exchange_(exchange), held_(held), out_(*out), writer_(out) {}
  // Why the reply is incomplete.
  const std::optional<Error>& problem() const { return problem_; }

  void ok() override {
    if (has_memory(kShort)) writer_.ok();
  }
  void status(std::string_view word) override { value(word); }
  void value(std::string_view bytes) override {
    if (has_memory_for(bytes)) writer_.value(bytes);
  }
  void integer(std::int64_t number) override {
    if (has_memory(kShort)) writer_.integer(number);
  }
  void real(double number) override {
    if (has_memory(kShort)) writer_.real(number);
  }
  void missing() override {
    if (has_memory(kShort)) writer_.missing();
  }
  void begin(command::Aggregate kind, std::size_t count) override {
    if (has_memory(kShort)) writer_.begin(kind, count);
  }
  // The value is held until it is complete: then memory is needed for its bytes and for its text.
  void begin_value(std::uint64_t size) override {
    if (has_memory(size)) writer_.begin_value(size);
    value_size_ = 0;
  }
  void part(std::string_view bytes) override;
  void end() override {
    if (has_memory(kShort)) writer_.end();
  }
  void stream(std::unique_ptr<command::ReplyStream> stream) override;
  void error(const command::Failure& failure) override {
    if (has_memory_for(failure.error.message)) writer_.error(failure);
  }
  void start() override { writer_.start(); }
  void discard() override { writer_.discard(); }

 private:
  static constexpr std::size_t kShort = 64;  // any number, with its separators

  bool has_memory(std::size_t more);
  bool has_memory_for(std::string_view bytes) {
    return has_memory(kvstore::wire::json_size(bytes) + kShort);
  }
  Status write_all(command::ReplyStream& stream);
  Exchange& exchange_;
  HeldMemory& held_;
  std::size_t value_size_ = 0;  // size of its text so far, for a value in parts
  std::string& out_;
  kvstore::wire::JsonWriter writer_;
  std::optional<Error> problem_;
};

// The items of a list as they arrive; items may be missing.
class ListSink final : public QuietSink {
 public:
  explicit ListSink(Exchange& exchange) : held_(exchange) {}
  std::vector<std::optional<std::string>> items;
  std::optional<Error> problem;

  void status(std::string_view word) override { add(word); }
  void value(std::string_view bytes) override { add(bytes); }
  void integer(std::int64_t number) override { add(std::to_string(number)); }
  void missing() override {
    if (has_memory(0)) items.emplace_back();
  }
  void begin_value(std::uint64_t size) override {
    if (has_memory(size)) value_.emplace();
  }
  void part(std::string_view bytes) override {
    if (value_) *value_ += bytes;
  }
  void end() override {
    if (value_) add(*value_);
    value_.reset();
  }
  void stream(std::unique_ptr<command::ReplyStream> stream) override;
  void discard() override { items.clear(); }

 private:
  void add(std::string_view bytes);
  bool has_memory(std::size_t more);
  HeldMemory held_;
  std::size_t size_ = 0;
  std::optional<std::string> value_;  // the value that arrives in parts
};

// Reads a whole value. Accounts for its bytes, but not for its text. kTooBig above the limit for
// requests, kLimit.
Result<std::string> read_all(Exchange& exchange, command::ReplyStream& stream);

}  // namespace kvstore::server::http
