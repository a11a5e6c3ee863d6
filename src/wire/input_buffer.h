// The bytes that a parser was fed and has not consumed, contiguous, so that words and values can be
// views into it.
//
// Consuming moves no bytes: consumed bytes are dropped by a later feed(), once they are at least
// half of the buffer, so that any number of pipelined commands costs linear time. A large buffer
// grows by a quarter and in place (the allocator moves its pages), so it never holds twice its
// content.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <string_view>

namespace kvstore::wire {

inline constexpr std::size_t npos = std::string_view::npos;

class InputBuffer {
 public:
  InputBuffer() = default;
  InputBuffer(InputBuffer&& other) noexcept { swap(other); }
  InputBuffer& operator=(InputBuffer&& other) noexcept {
    swap(other);
    return *this;
  }

  // Appends. Invalidates all pointers and views into the buffer.
  void feed(std::string_view bytes);
  // Drops the first `count` unconsumed bytes. They remain readable through earlier views until the
  // next feed() or clear().
  void consume(std::size_t count) { begin_ += count; }
  void clear() { begin_ = end_ = 0; }
  // Frees memory that a large value needed and the rest does not. May move bytes.
  void trim();
  // The same, down to the size of the rest.
  void trim_all();

  // Bytes of memory held, and held after a feed() of `count` bytes.
  std::size_t memory() const { return capacity_; }
  std::size_t memory_after(std::size_t count) const;

  char* data() { return bytes_.get() + begin_; }
  const char* data() const { return bytes_.get() + begin_; }
  std::size_t size() const { return end_ - begin_; }
  bool empty() const { return begin_ == end_; }
  char operator[](std::size_t i) const { return bytes_.get()[begin_ + i]; }
  std::string_view view(std::size_t offset, std::size_t count) const {
    return {data() + offset, count};
  }
  // The position of the next `byte` at or after `from`; npos if there is none.
  std::size_t find(char byte, std::size_t from) const;

 private:
  struct Free {
    void operator()(char* memory) const { std::free(memory); }
  };

  void swap(InputBuffer& other) noexcept;
  bool drops_consumed() const { return begin_ >= end_ - begin_; }
  void move_to_front();
  void resize(std::size_t capacity);

  std::unique_ptr<char[], Free> bytes_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace kvstore::wire
