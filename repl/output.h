// Where answers go, buffered. A reader that has gone away (`| head -1`) is not
// an error: broken() says so and the caller stops.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "src/base/status.h"

namespace kvstore::repl {

class Output {
 public:
  explicit Output(int descriptor) : descriptor_(descriptor) {}
  virtual ~Output() = default;
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  // Bytes to be written; whoever appends a lot calls write_if_full() in between.
  std::string& buffer() { return buffer_; }
  void write_if_full() {
    if (buffer_.size() >= kEnough) flush();
  }
  void flush();
  // Flushes, and leaves the screen to others: errors, the prompt.
  void finish() {
    flush();
    end();
  }

  bool broken() const { return broken_; }
  // The first failure other than a reader that has gone away.
  const Status& status() const { return status_; }

 protected:
  // Writes all of it to the descriptor, unless broken.
  void write_all(std::string_view bytes);
  virtual void put(std::string_view bytes) { write_all(bytes); }
  virtual void end() {}

 private:
  static constexpr std::size_t kEnough = std::size_t{256} << 10;
  int descriptor_;
  std::string buffer_;
  bool broken_ = false;
  Status status_;
};

}  // namespace kvstore::repl
