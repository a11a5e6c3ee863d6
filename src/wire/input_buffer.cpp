#include "src/wire/input_buffer.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

#include "src/base/check.h"

namespace kvstore::wire {
namespace {

// Smaller buffers are not trimmed.
constexpr std::size_t kKeptCapacity = std::size_t{256} << 10;
// From this size on growth copies no bytes, so the steps can be small.
constexpr std::size_t kLarge = std::size_t{128} << 10;
constexpr std::size_t kPage = 4096;

// The new capacity of a buffer with `capacity` that must hold `size` bytes, which are more.
std::size_t grown(std::size_t capacity, std::size_t size) {
  const std::size_t step = capacity < kLarge ? capacity : capacity / 4;
  const std::size_t wanted = std::max(size, capacity + step);
  return wanted < kPage ? wanted : (wanted + kPage - 1) / kPage * kPage;
}

}  // namespace

void InputBuffer::feed(std::string_view bytes) {
  if (begin_ == end_) {
    clear();
  } else if (drops_consumed()) {
    move_to_front();
  }
  if (bytes.empty()) return;
  if (capacity_ - end_ < bytes.size()) resize(grown(capacity_, end_ + bytes.size()));
  std::memcpy(bytes_.get() + end_, bytes.data(), bytes.size());
  end_ += bytes.size();
}

std::size_t InputBuffer::memory_after(std::size_t count) const {
  const std::size_t size = (drops_consumed() ? end_ - begin_ : end_) + count;
  return size <= capacity_ ? capacity_ : grown(capacity_, size);
}

void InputBuffer::trim() {
  if (capacity_ <= kKeptCapacity || size() > capacity_ / 4) return;
  trim_all();
}

void InputBuffer::trim_all() {
  move_to_front();
  if (end_ < capacity_) resize(end_);
}

void InputBuffer::swap(InputBuffer& other) noexcept {
  std::swap(bytes_, other.bytes_);
  std::swap(capacity_, other.capacity_);
  std::swap(begin_, other.begin_);
  std::swap(end_, other.end_);
}

void InputBuffer::move_to_front() {
  if (begin_ > 0 && begin_ < end_) std::memmove(bytes_.get(), data(), size());
  end_ -= begin_;
  begin_ = 0;
}

void InputBuffer::resize(std::size_t capacity) {
  KV_CHECK(capacity >= end_);
  if (capacity == 0) {
    bytes_.reset();
  } else {
    void* const moved = std::realloc(bytes_.get(), capacity);
    if (moved == nullptr) throw std::bad_alloc();
    (void)bytes_.release();
    bytes_.reset(static_cast<char*>(moved));
  }
  capacity_ = capacity;
}

std::size_t InputBuffer::find(char byte, std::size_t from) const {
  if (from >= size()) return npos;
  const void* found = std::memchr(data() + from, byte, size() - from);
  if (found == nullptr) return npos;
  return static_cast<std::size_t>(static_cast<const char*>(found) - data());
}

}  // namespace kvstore::wire
