#include "repl/tty_input.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "src/base/utf8.h"

namespace kvstore::repl {

// False at the end of input, and with errno EINTR after a signal.
bool TtyInput::fill() {
  if (begin_ > 0) {
    buffer_.erase(0, begin_);
    begin_ = 0;
  }
  constexpr std::size_t kChunk = 65536;
  const std::size_t before = buffer_.size();
  buffer_.resize(before + kChunk);
  errno = 0;
  const ssize_t got = ::read(descriptor_, buffer_.data() + before, kChunk);
  buffer_.resize(before + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  return got > 0;
}

int TtyInput::next_byte() {
  if (begin_ == buffer_.size() && !fill()) return errno == EINTR ? kInterrupted : kEnd;
  return static_cast<unsigned char>(buffer_[begin_++]);
}

long TtyInput::next_character() {
  std::string bytes;
  while (true) {
    const int byte = next_byte();
    if (byte < 0) return byte;
    bytes += static_cast<char>(byte);
    const CodePoint point = first_code_point(bytes);
    if (point.size != 0) return static_cast<long>(point.value);
    // An invalid sequence: drop it, but keep a byte that may begin a valid one.
    const bool may_grow = bytes.size() < 4 && static_cast<unsigned char>(bytes[0]) >= 0xC2 &&
                          (bytes.size() == 1 || (byte & 0xC0) == 0x80);
    if (may_grow) continue;
    if (bytes.size() > 1 && (byte & 0xC0) != 0x80) --begin_;
    bytes.clear();
  }
}

std::string TtyInput::read_paste() {
  std::string paste;
  while (true) {
    // The rest from before may have the begin of the end sequence.
    const std::size_t searched = paste.size() < kPasteEnd.size() ? 0 : paste.size() - kPasteEnd.size();
    paste.append(buffer_, begin_);
    begin_ = buffer_.size();
    const std::size_t end = paste.find(kPasteEnd, searched);
    if (end != paste.npos) {
      buffer_ = paste.substr(end + kPasteEnd.size());
      begin_ = 0;
      paste.resize(end);
      return paste;
    }
    if (!fill() && errno != EINTR) return paste;
  }
}

void restore_newlines(std::string* paste) {
  if (paste->find('\n') == paste->npos) std::replace(paste->begin(), paste->end(), '\r', '\n');
}

}  // namespace kvstore::repl
