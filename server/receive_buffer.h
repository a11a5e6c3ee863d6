// The receive buffer of a connection. Ten thousand idle connections have a small buffer each,
// within their reserved memory. A connection that fills it gets the large one, to need fewer calls
// for a megabyte.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>

namespace kvstore::server {

class ReceiveBuffer {
 public:
  static constexpr std::size_t kLarge = std::size_t{256} << 10;

  // `free_part`: bytes that a connection may hold uncounted, including this buffer.
  explicit ReceiveBuffer(std::size_t free_part)
      : small_(std::clamp(free_part / 2, kLeast, kSmall)),
        size_(small_),
        bytes_(new char[small_]) {}

  char* bytes() { return bytes_.get(); }
  std::size_t size() const { return size_; }
  bool is_large() const { return size_ == kLarge; }

  void enlarge() { resize(kLarge); }
  void shrink() {
    if (is_large()) resize(small_);
  }

 private:
  static constexpr std::size_t kLeast = std::size_t{2} << 10;
  static constexpr std::size_t kSmall = std::size_t{16} << 10;

  void resize(std::size_t size) {
    bytes_.reset(new char[size]);
    size_ = size;
  }

  const std::size_t small_;
  std::size_t size_;
  std::unique_ptr<char[]> bytes_;
};

}  // namespace kvstore::server
