#include "repl/output.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "src/file/descriptor.h"

#include "repl/signals.h"

namespace kvstore::repl {

Output::~Output() {
  if (is_redirected()) ::close(descriptor_);
}

Status Output::to_file(const std::string& path) {
  const int out = file::above_standard(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
  if (out < 0) return fail_errno(errno, "open output", path);
  return redirect(out);
}

Status Output::to_first_descriptor() { return redirect(first_descriptor_); }

Status Output::redirect(int descriptor) {
  finish();
  const int before = std::exchange(descriptor_, descriptor);
  // A full disk under the old file says nothing about the new one.
  Status written = before == first_descriptor_ ? Status() : std::exchange(status_, Status());
  if (before == first_descriptor_) return {};
  broken_ = false;
  ::close(before);
  return written;
}

void Output::flush() {
  const auto began = Clock::now();
  if (!buffer_.empty() && !broken_) put(buffer_);
  waited_ += Clock::now() - began;
  buffer_.clear();
  if (buffer_.capacity() > 8 * kEnough) buffer_.shrink_to_fit();
}

void Output::write_all(std::string_view bytes) {
  while (!bytes.empty() && !broken_ && !signals::interrupted()) {
    // Much larger single writes have been seen to be slower.
    const ssize_t written = ::write(descriptor_, bytes.data(), std::min(bytes.size(), kEnough));
    if (written >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno != EINTR) {
      broken_ = true;
      if (errno != EPIPE) status_ = fail_errno(errno, "write", is_redirected() ? "the file of .output" : "standard output");
    }
  }
}

}  // namespace kvstore::repl
