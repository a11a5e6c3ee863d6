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

// What GET key META and READ .. META answer.
class EntrySink final : public command::ReplySink {
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

  void ok() override {}
  void status(std::string_view word) override { take_text(word); }
  void value(std::string_view text) override { take_text(text); }
  void integer(std::int64_t number) override;
  void real(double) override {}
  void missing() override;
  void begin(command::Aggregate, std::size_t) override { is_inside_ = true; }
  void begin_value(std::uint64_t) override {}
  void part(std::string_view) override {}
  void end() override {}
  void stream(std::unique_ptr<command::ReplyStream> stream) override {
    content = std::move(stream);
  }
  void error(const command::Failure&) override {}
  void discard() override { *this = EntrySink(); }

 private:
  void take_text(std::string_view text);
  bool is_inside_ = false;
  std::size_t items_ = 0;
};

// Whether a write has done anything: OK, NIL or a number.
class OutcomeSink final : public command::ReplySink {
 public:
  bool is_missing = false;
  std::int64_t number = 0;

  void ok() override {}
  void status(std::string_view) override {}
  void value(std::string_view) override {}
  void integer(std::int64_t value) override { number = value; }
  void real(double) override {}
  void missing() override { is_missing = true; }
  void begin(command::Aggregate, std::size_t) override {}
  void begin_value(std::uint64_t) override {}
  void part(std::string_view) override {}
  void end() override {}
  void stream(std::unique_ptr<command::ReplyStream>) override {}
  void error(const command::Failure&) override {}
  void discard() override { *this = OutcomeSink(); }
};

// Asks for the memory of a text that grows, in pieces that are worth it.
class HeldText {
 public:
  // `size`: what is there already.
  explicit HeldText(Exchange& exchange, std::size_t size = 0) : exchange_(exchange), asked_(size) {}
  // kLimit: there is none.
  Status grow_to(std::size_t size);

 private:
  Exchange& exchange_;
  std::size_t asked_;
};

// Any reply as JSON, held: within what the server has memory for.
class JsonSink final : public command::ReplySink {
 public:
  // Appends to `out`, which must outlive it, as the exchange must.
  JsonSink(Exchange& exchange, std::string* out) : exchange_(exchange), out_(*out), writer_(out) {}
  // Why the reply is not whole.
  const std::optional<Error>& problem() const { return problem_; }

  void ok() override { writer_.ok(); }
  void status(std::string_view word) override { writer_.status(word); }
  void value(std::string_view bytes) override { writer_.value(bytes); }
  void integer(std::int64_t number) override { writer_.integer(number); }
  void real(double number) override { writer_.real(number); }
  void missing() override { writer_.missing(); }
  void begin(command::Aggregate kind, std::size_t count) override { writer_.begin(kind, count); }
  void begin_value(std::uint64_t size) override { writer_.begin_value(size); }
  void part(std::string_view bytes) override { writer_.part(bytes); }
  void end() override { writer_.end(); }
  void stream(std::unique_ptr<command::ReplyStream> stream) override;
  void error(const command::Failure& failure) override { writer_.error(failure); }
  void start() override { writer_.start(); }
  void discard() override { writer_.discard(); }

 private:
  Status write_all(command::ReplyStream& stream);
  Exchange& exchange_;
  std::string& out_;
  kvstore::wire::JsonWriter writer_;
  std::optional<Error> problem_;
};

// The items of a list, as they come: any of them may be missing.
class ListSink final : public command::ReplySink {
 public:
  explicit ListSink(Exchange& exchange) : held_(exchange) {}
  std::vector<std::optional<std::string>> items;
  std::optional<Error> problem;

  void ok() override {}
  void status(std::string_view word) override { items.emplace_back(word); }
  void value(std::string_view bytes) override { add(bytes); }
  void integer(std::int64_t number) override { items.emplace_back(std::to_string(number)); }
  void real(double) override {}
  void missing() override { items.emplace_back(); }
  void begin(command::Aggregate, std::size_t) override {}
  void begin_value(std::uint64_t) override { value_.emplace(); }
  void part(std::string_view bytes) override { *value_ += bytes; }
  void end() override {
    if (value_) add(*value_);
    value_.reset();
  }
  void stream(std::unique_ptr<command::ReplyStream> stream) override;
  void error(const command::Failure&) override {}
  void discard() override { items.clear(); }

 private:
  void add(std::string_view bytes);
  HeldText held_;
  std::size_t size_ = 0;
  std::optional<std::string> value_;  // in parts
};

// All of a value, for who needs it whole. kTooBig beyond what a request may have, kLimit.
Result<std::string> read_all(Exchange& exchange, command::ReplyStream& stream);

}  // namespace kvstore::server::http
