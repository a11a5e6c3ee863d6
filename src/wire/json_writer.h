// Replies as JSON text: arrays for everything with items, null for missing values, "OK", and
// {"error":"CODE","message":"..."}.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "src/command/reply_sink.h"

namespace kvstore::wire {

// Appends a JSON string, or {"base64":"..."} if `bytes` is not UTF-8.
void append_json(std::string_view bytes, std::string* out);
// Upper bound for the bytes that append_json() appends.
std::size_t json_size(std::string_view bytes);

// Appends to a string. A value is held until it is complete, because its first byte depends on
// whether all of it is UTF-8. Not thread-safe.
class JsonWriter final : public command::ReplySink {
 public:
  explicit JsonWriter(std::string* out) : out_(*out) {}

  void ok() override { add(R"("OK")"); }
  void status(std::string_view word) override { value(word); }
  void value(std::string_view bytes) override;
  void integer(std::int64_t number) override;
  void real(double number) override;
  void missing() override { add("null"); }
  void begin(command::Aggregate kind, std::size_t count) override;
  void begin_value(std::uint64_t size) override;
  void part(std::string_view bytes) override { held_ += bytes; }
  void end() override;
  // Writes all of the stream; if it fails, an error follows, as the last item if it is an array.
  void stream(std::unique_ptr<command::ReplyStream> stream) override;
  void error(const command::Failure& failure) override;
  void start() override { start_ = out_.size(); }
  void discard() override;

 private:
  void separate();
  void add(std::string_view json);

  std::string& out_;
  std::size_t start_ = 0;
  std::vector<std::size_t> items_;  // number written to each open array; the innermost is last
  bool in_value_ = false;
  std::string held_;
};

}  // namespace kvstore::wire
