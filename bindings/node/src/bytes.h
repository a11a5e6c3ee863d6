// A byte buffer that is not cleared when it grows: for a call's arguments, or its answer.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

namespace kvstore::node {

class Bytes {
 public:
  std::size_t size() const { return size_; }
  char* data() { return data_.get(); }
  // Views are valid until the next append() or reserve().
  std::string_view view(std::size_t at, std::size_t size) const { return {data_.get() + at, size}; }
  std::string_view view() const { return {data_.get(), size_}; }

  // Makes space for `more` bytes. Throws std::bad_alloc.
  void reserve(std::size_t more) {
    if (capacity_ - size_ < more) grow(more);
  }
  std::size_t space() const { return capacity_ - size_; }
  char* end() { return data_.get() + size_; }
  void add(std::size_t written) { size_ += written; }

  void append(std::string_view bytes) {
    if (bytes.empty()) return;
    reserve(bytes.size());
    std::memcpy(end(), bytes.data(), bytes.size());
    size_ += bytes.size();
  }

  // Keeps the memory for the next call, unless it is large.
  void clear() {
    size_ = 0;
    if (capacity_ > kKept) *this = Bytes();
  }

 private:
  static constexpr std::size_t kKept = std::size_t{256} << 10;

  void grow(std::size_t more) {
    const std::size_t wanted = size_ + more + capacity_ + 1024;
    std::unique_ptr<char[]> data(new char[wanted]);
    if (size_ != 0) std::memcpy(data.get(), data_.get(), size_);
    data_ = std::move(data);
    capacity_ = wanted;
  }

  std::unique_ptr<char[]> data_;
  std::size_t size_ = 0, capacity_ = 0;
};

}  // namespace kvstore::node
