// Where commands write their replies for HTTP.
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

// Takes nothing of a reply; what a sink does take, it overrides.
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

// What GET key META and READ .. META answer.
class EntrySink final : public QuietSink {
 public:
  bool is_missing = false;
  std::uint64_t version = 0;
  std::string time;
  std::string type;
  std::uint64_t size = 0;
  std::uint64_t expires_at_ms = 0;  // 0: never
  std::string bytes;                // unless they are a stream
  std::unique_ptr<command::ReplyStream> content;

  // Seconds, rounded up; nullopt: it never expires.
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

// Whether a write has done anything: OK, NIL or a number.
class OutcomeSink final : public QuietSink {
 public:
  bool is_missing = false;
  std::int64_t number = 0;

  void integer(std::int64_t value) override { number = value; }
  void missing() override { is_missing = true; }
  void discard() override { *this = OutcomeSink(); }
};

// Asks for the memory of what grows, in pieces that are worth it.
class HeldMemory {
 public:
  explicit HeldMemory(Exchange& exchange) : exchange_(exchange) {}
  // kLimit: there is none.
  Status grow_to(std::size_t bytes);
  // Of a text that grows by itself, with the copy of it that is sent.
  Status grow_to_text(std::size_t size) { return grow_to(3 * size); }

 private:
  Exchange& exchange_;
  std::size_t asked_ = 0;
};

// Any reply as JSON, held: within what the server has memory for. It is asked for before anything
// is written; once there is none the reply is not whole, and nothing more of it is written.
class JsonSink final : public command::ReplySink {
 public:
  // Appends to `out`, whose memory `held` has asked for. Both must outlive it, as the exchange
  // must.
  JsonSink(Exchange& exchange, HeldMemory& held, std::string* out)
      : exchange_(exchange), held_(held), out_(*out), writer_(out) {}
  // Why the reply is not whole.
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
  // Held until it is whole: beside its bytes there is then its text.
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
  static constexpr std::size_t kShort = 64;  // any number, and what is around it

  bool has_memory(std::size_t more);
  bool has_memory_for(std::string_view bytes) {
    return has_memory(kvstore::wire::json_size(bytes) + kShort);
  }
  Status write_all(command::ReplyStream& stream);
  Exchange& exchange_;
  HeldMemory& held_;
  std::size_t value_size_ = 0;  // of its text so far, of a value in parts
  std::string& out_;
  kvstore::wire::JsonWriter writer_;
  std::optional<Error> problem_;
};

// The items of a list, as they come: any of them may be missing.
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
  std::optional<std::string> value_;  // in parts
};

// All of a value, for who needs it whole: the memory of its bytes, but not of its text, is asked
// for. kTooBig beyond what a request may have, kLimit.
Result<std::string> read_all(Exchange& exchange, command::ReplyStream& stream);

}  // namespace kvstore::server::http
