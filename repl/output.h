// Where answers go, buffered. Where SIGINT is a flag (signals::install), what is left
// of an answer is dropped once it is set. A reader that has gone away (`| head -1`) is no
// error to report: broken() says so and the caller stops, lost() that answers did not arrive.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include "src/base/status.h"

namespace kvstore::repl {

class Output {
 public:
  // `descriptor` stays the caller's.
  explicit Output(int descriptor) : first_descriptor_(descriptor), descriptor_(descriptor) {}
  virtual ~Output();  // closes a file of to_file()
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
    const auto began = Clock::now();
    end();
    waited_ += Clock::now() - began;
  }

  // How long writing took so far, and waiting for a reader who turns pages.
  using Clock = std::chrono::steady_clock;
  Clock::duration waited() const { return waited_; }

  // What follows goes to a file, made or emptied, until to_first_descriptor() or
  // the next to_file(). What was there before is flushed where it belongs. The errors
  // are those of opening the new file, which changes nothing, and of writing the old one;
  // kUsage if it is the file of `database` or another kvstore file.
  Status to_file(const std::string& path, const std::string& database = {});
  // kUsage if answers go to the file of `database`, which is about to be opened.
  Status check_database(const std::string& database) const;
  Status to_first_descriptor();
  bool is_redirected() const { return descriptor_ != first_descriptor_; }

  // Whether what is longer than a screen waits for its reader: only a screen can.
  virtual bool paging() const { return false; }
  virtual void set_paging(bool) {}

  bool broken() const { return broken_; }
  // Whether a reader went away before it had everything, here or in a file of .output.
  bool lost() const { return lost_; }
  // The first failure other than a reader that has gone away.
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
