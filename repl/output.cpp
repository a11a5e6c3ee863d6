#include "repl/output.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace kvstore::repl {

void Output::flush() {
  if (!buffer_.empty() && !broken_) put(buffer_);
  buffer_.clear();
  if (buffer_.capacity() > 8 * kEnough) buffer_.shrink_to_fit();
}

void Output::write_all(std::string_view bytes) {
  while (!bytes.empty() && !broken_) {
    // Much larger single writes have been seen to be slower.
    const ssize_t written = ::write(descriptor_, bytes.data(), std::min(bytes.size(), kEnough));
    if (written >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno != EINTR) {
      broken_ = true;
      if (errno != EPIPE) status_ = fail_errno(errno, "write", "standard output");
    }
  }
}

}  // namespace kvstore::repl
