// Input cut into lines, or into what is a line by other rules, with a limit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "src/wire/input_buffer.h"

namespace kvstore::transfer {

class LineBuffer {
 public:
  explicit LineBuffer(std::size_t max_line) : max_line_(max_line) {}
  std::size_t max_line() const { return max_line_; }

  void feed(std::string_view bytes) { input_.feed(bytes); }
  void finish() { finished_ = true; }
  bool finished() const { return finished_; }

  // Bytes that are there and not yet taken.
  std::string_view rest() const { return input_.view(0, input_.size()); }
  // Where rest() was looked at last without finding an end.
  std::size_t scanned = 0;
  bool is_too_long() const { return input_.size() > max_line_; }

  // The first `size` bytes are done with; they can be read until the next feed().
  void take(std::size_t size) {
    input_.consume(size);
    scanned = 0;
  }

 private:
  const std::size_t max_line_;
  wire::InputBuffer input_;
  bool finished_ = false;
};

}  // namespace kvstore::transfer
