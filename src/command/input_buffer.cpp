#include "src/command/input_buffer.h"

#include <cstring>

namespace kvstore::command {
namespace {

// No buffer is trimmed that is smaller than this.
constexpr std::size_t kKeptCapacity = std::size_t{256} << 10;

}  // namespace

void InputBuffer::feed(std::string_view bytes) {
  if (begin_ == bytes_.size()) {
    clear();
  } else if (begin_ >= bytes_.size() - begin_) {
    bytes_.erase(0, begin_);
    begin_ = 0;
  }
  bytes_.append(bytes);
}

void InputBuffer::clear() {
  bytes_.clear();
  begin_ = 0;
}

void InputBuffer::trim() {
  if (bytes_.capacity() <= kKeptCapacity || size() > bytes_.capacity() / 4) return;
  std::string(bytes_, begin_).swap(bytes_);
  begin_ = 0;
}

std::size_t InputBuffer::find(char byte, std::size_t from) const {
  if (from >= size()) return npos;
  const void* found = std::memchr(data() + from, byte, size() - from);
  if (found == nullptr) return npos;
  return static_cast<std::size_t>(static_cast<const char*>(found) - data());
}

}  // namespace kvstore::command
