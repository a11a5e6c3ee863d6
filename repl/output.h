// The output for replies, buffered. If SIGINT is handled (signals::install), the rest of a reply is
// dropped once it arrives. A reader that has gone (`| head -1`) is not reported as an error:
// broken() tells the caller to stop, lost() that replies were lost.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include "src/base/status.h"

namespace kvstore::repl {

class Output {
 public:
  // `descriptor` still belongs to the caller.
  explicit Output(int descriptor) : first_descriptor_(descriptor), descriptor_(descriptor) {}
  virtual ~Output();  // closes a file opened by to_file()
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  // The bytes to write; callers that append a lot must call write_if_full() from time to time.
  std::string& buffer() { return buffer_; }
  void write_if_full() {
    if (buffer_.size() >= kEnough) flush();
  }
  void flush();
  // Flushes, before others (errors, the prompt) write to the screen.
  void finish() {
    flush();
    const auto began = Clock::now();
    end();
    waited_ += Clock::now() - began;
  }

  // The time spent writing so far, and waiting for the reader of a pager.
  using Clock = std::chrono::steady_clock;
  Clock::duration waited() const { return waited_; }

  // Redirects the output to a file, created or truncated, until to_first_descriptor() or the next
  // to_file(). Earlier output is flushed to its destination. Errors are those of opening the new
  // file, after which nothing has changed, and of writing the old one; kUsage if it is the file of
  // `database` or another kvstore file.
  Status to_file(const std::string& path, const std::string& database = {});
  // kUsage if the output is the file of `database`, which is about to be opened.
  Status check_database(const std::string& database) const;
  Status to_first_descriptor();
  bool is_redirected() const { return descriptor_ != first_descriptor_; }

  // Whether output longer than a screen waits for its reader: only a screen can.
  virtual bool paging() const { return false; }
  virtual void set_paging(bool) {}

  bool broken() const { return broken_; }
  // Whether a reader went away before it had everything, here or in a file of .output.
  bool lost() const { return lost_; }
  // The first failure except a reader that went away.
  const Status& status() const { return status_; }

 protected:
  // Writes all of it to the descriptor, unless broken.
  void write_all(std::string_view bytes);
  virtual void put(std::string_view bytes) { write_all(bytes); }
  virtual void end() {}

 private:
  static constexpr std::size_t kEnough = std::size_t{256} << 10;
  Status redirect(int descriptor);
  const char* place() const;

  const int first_descriptor_;
  int descriptor_;
  std::string buffer_;
  bool broken_ = false;
  bool lost_ = false;
  Clock::duration waited_{};
  Status status_;
};

}  // namespace kvstore::repl
