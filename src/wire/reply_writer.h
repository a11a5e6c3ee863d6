// Replies as bytes of a protocol, appended to a string as they are written. (What people
// and scripts see is the shell's business: repl/.)
//
// Of a stream only the beginning is written at once: pump() writes the rest, some of it
// at a time. Not thread-safe.
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

// Between an error's message and its hint, in both protocols.
inline constexpr std::string_view kHintMark = "; try: ";

// "message; try: hint", or the message alone.
std::string describe(const Error& error);

class ReplyWriter : public command::ReplySink {
 public:
  // `out` must outlive the writer. It may be changed by others between replies.
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

  // The newest reply is not all written. Nothing else may be until it is.
  bool is_streaming() const { return stream_ != nullptr; }
  // Appends at least `bytes` more of the stream, or the rest. An error: the reply can
  // never be finished, and nothing must be sent after it.
  Status pump(std::size_t bytes);
  void drop_stream() { stream_.reset(); }
  // What the stream holds.
  std::size_t memory() const { return stream_ ? stream_->memory() : 0; }

 protected:
  // Once for each reply, whether whole or the beginning of one.
  void count_item();
  // A reply of one line.
  void line(std::string_view beginning, std::string_view rest = {});
  std::string& out() { return out_; }

 private:
  struct Open {  // begun, and not ended
    bool is_value = false;
    command::Aggregate kind = command::Aggregate::kArray;
    std::uint64_t announced = 0;  // items or bytes
    std::uint64_t written = 0;
    std::size_t offset = 0;  // where its header is, or will be
  };

  // At the end of *out.
  virtual void append_value_header(std::uint64_t size, std::string* out) const = 0;
  virtual void append_header(command::Aggregate kind, std::uint64_t count,
                             std::string* out) const = 0;
  virtual std::string_view line_end() const = 0;

  std::string& out_;
  std::size_t start_ = 0;
  std::vector<Open> open_;  // the innermost last
  std::unique_ptr<command::ReplyStream> stream_;
  bool is_pumping_ = false;
};

}  // namespace kvstore::wire
