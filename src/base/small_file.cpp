#include "src/base/small_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace kvstore {
namespace {

// Returns 0, or errno.
int read_some(int descriptor, std::size_t most, std::string* text) {
  char bytes[16384];
  while (text->size() < most) {
    const ssize_t got = ::read(descriptor, bytes, std::min(sizeof bytes, most - text->size()));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno;
    if (got == 0) break;
    text->append(bytes, static_cast<std::size_t>(got));
  }
  return 0;
}

class Closing {
 public:
  explicit Closing(int descriptor) : descriptor_(descriptor) {}
  ~Closing() { ::close(descriptor_); }
  Closing(const Closing&) = delete;
  Closing& operator=(const Closing&) = delete;

 private:
  const int descriptor_;
};

}  // namespace

Status check_regular_file(const std::string& path) {
  struct stat facts {};
  if (::stat(path.c_str(), &facts) != 0 || S_ISREG(facts.st_mode)) return {};
  if (S_ISDIR(facts.st_mode)) return fail_errno(EISDIR, "read", path);
  return fail(Code::kUsage,
              path + (S_ISFIFO(facts.st_mode) ? " is a pipe" : " is a device or socket") +
                  ", and no regular file",
              "a regular file in its place: a pipe is read once, when the server starts");
}

Result<std::string> read_small_file(const std::string& path, std::size_t most, FileKind kind) {
  const bool is_regular = kind == FileKind::kRegular;
  // Before it is opened: a process that writes a pipe would take us for its reader.
  if (is_regular) KV_TRY(check_regular_file(path));
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | (is_regular ? O_NONBLOCK : 0));
  if (descriptor < 0) return fail_errno(errno, "read", path);
  const Closing closing(descriptor);
  std::string text;
  const int failure = read_some(descriptor, most + 1, &text);
  if (failure != 0) return fail_errno(failure, "read", path);
  return text;
}

}  // namespace kvstore
