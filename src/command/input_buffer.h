// The bytes a parser was fed and has not consumed yet, contiguous, so that words
// and values can be views into it.
//
// Consuming moves no bytes: what was consumed is dropped by a later feed(), and
// only once it is at least half of the buffer, so that any number of pipelined
// commands costs linear time.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace kvstore::command {

class InputBuffer {
 public:
  // Appends. Invalidates every pointer and view into the buffer.
  void feed(std::string_view bytes);
  // The first `count` unconsumed bytes are done with. They stay where they are,
  // readable through views made earlier, until the next feed() or clear().
  void consume(std::size_t count) { begin_ += count; }
  void clear();
  // Gives back memory that a large value needed and what is left does not. May
  // move bytes.
  void trim();

  char* data() { return bytes_.data() + begin_; }
  const char* data() const { return bytes_.data() + begin_; }
  std::size_t size() const { return bytes_.size() - begin_; }
  bool empty() const { return size() == 0; }
  char operator[](std::size_t i) const { return bytes_[begin_ + i]; }
  std::string_view view(std::size_t offset, std::size_t count) const {
    return {data() + offset, count};
  }
  // Where `byte` next is at or behind `from`, npos if it is not there.
  std::size_t find(char byte, std::size_t from) const;

  static constexpr std::size_t npos = std::string_view::npos;

 private:
  std::string bytes_;
  std::size_t begin_ = 0;
};

}  // namespace kvstore::command
