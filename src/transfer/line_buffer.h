// Cuts input into lines, or into records by another rule, up to a maximum length.
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

  // The bytes that were fed and not yet taken.
  std::string_view rest() const { return input_.view(0, input_.size()); }
  // The bytes of rest() that were already scanned without finding an end.
  std::size_t scanned = 0;
  bool is_too_long() const { return input_.size() > max_line_; }

  // Removes the first `size` bytes; they stay readable until the next feed().
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
