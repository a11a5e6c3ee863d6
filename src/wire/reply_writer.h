// Writes replies as bytes of a protocol, appended to a string. (Output for people and scripts is in
// repl/.)
//
// For a stream only the begin is written at once: pump() writes the rest in pieces. Not
// thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/status.h"
#include "src/command/reply_sink.h"

namespace kvstore::wire {

// Separates an error's message from its hint, in both protocols.
inline constexpr std::string_view kHintMark = "; try: ";

// "message; try: hint", or only the message.
std::string describe(const Error& error);

class ReplyWriter : public command::ReplySink {
 public:
  // `out` must outlive the writer. Others may change it between replies.
  explicit ReplyWriter(std::string* out) : out_(*out) {}

  void ok() override { line("+OK"); }
  void status(std::string_view word) override { line("+", word); }
  void value(std::string_view bytes) override;
  void integer(std::int64_t number) override;
  void begin(command::Aggregate kind, std::size_t count) override;
  void begin_value(std::uint64_t size) override;
  void part(std::string_view bytes) override;
  void end() override;
  void stream(std::unique_ptr<command::ReplyStream> stream) override;
  void start() override;
  void discard() override;

  // True if the last reply is incomplete: nothing else may be written before it is complete.
  bool is_streaming() const { return stream_ != nullptr; }
  // Appends at least `bytes` more of the stream, or the rest. An error: the reply cannot be
  // completed, and nothing must be sent after it.
  Status pump(std::size_t bytes);
  void drop_stream() { stream_.reset(); }
  // Memory held by the stream.
  std::size_t memory() const { return stream_ ? stream_->memory() : 0; }

 protected:
  // Call it once for each reply, complete or just begun.
  void count_item();
  // Writes a reply of one line.
  void line(std::string_view beginning, std::string_view rest = {});
  std::string& out() { return out_; }

 private:
  struct Open {  // begun, but not ended
    bool is_value = false;
    command::Aggregate kind = command::Aggregate::kArray;
    std::uint64_t announced = 0;  // items or bytes
    std::uint64_t written = 0;
    std::size_t offset = 0;  // offset of its header
  };

  static constexpr std::size_t kLongestHeader = 32;  // of a value
  static constexpr std::size_t kLongestLineEnd = 2;
  static constexpr std::size_t kShortValue = 128;
  void short_value(std::string_view bytes);
  void append_value_header(std::uint64_t size);

  // Writes at most kLongestHeader bytes, and returns their end.
  virtual char* put_value_header(std::uint64_t size, char* to) const = 0;
  // Appends to *out.
  virtual void append_header(command::Aggregate kind, std::uint64_t count,
                             std::string* out) const = 0;
  virtual std::string_view line_end() const = 0;

  std::string& out_;
  std::size_t start_ = 0;
  std::vector<Open> open_;  // the innermost is last
  std::unique_ptr<command::ReplyStream> stream_;
  bool is_pumping_ = false;
};

}  // namespace kvstore::wire
