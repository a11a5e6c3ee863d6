#include "src/base/small_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace kvstore {
namespace {

// 0, or errno.
int read_all(int descriptor, std::string* text) {
  std::size_t filled = 0;
  while (filled < text->size()) {
    const ssize_t got = ::read(descriptor, text->data() + filled, text->size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno;
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  text->resize(filled);
  return 0;
}

}  // namespace

Result<std::string> read_small_file(const std::string& path, std::size_t most) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return fail_errno(errno, "read", path);
  std::string text(most + 1, '\0');
  const int failure = read_all(descriptor, &text);
  ::close(descriptor);
  if (failure != 0) return fail_errno(failure, "read", path);
  return text;
}

}  // namespace kvstore
