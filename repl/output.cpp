#include "repl/output.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "repl/signals.h"
#include "src/command/quote.h"
#include "src/file/descriptor.h"
#include "src/log/output_check.h"

namespace kvstore::repl {

Output::~Output() {
  if (is_redirected()) ::close(descriptor_);
}

// The file is truncated only after the check that it is not a database.
Status Output::to_file(const std::string& path, const std::string& database) {
  KV_TRY(log::check_output_path(path, database));
  file::Descriptor out(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666));
  if (!out) return fail_errno(errno, "open output", path);
  KV_TRY(log::check_output(out.get(), command::quote(path), database));
  struct stat info {};
  const bool is_file = ::fstat(out.get(), &info) == 0 && S_ISREG(info.st_mode);
  if (is_file && ::ftruncate(out.get(), 0) != 0) return fail_errno(errno, "empty output", path);
  return redirect(out.release());
}

Status Output::check_database(const std::string& database) const {
  return log::check_output(descriptor_, command::quote(database), database);
}

Status Output::to_first_descriptor() { return redirect(first_descriptor_); }

Status Output::redirect(int descriptor) {
  finish();
  const int before = std::exchange(descriptor_, descriptor);
  // A full disk with the old file does not affect the new one.
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

const char* Output::place() const {
  return is_redirected() ? "the file of .output" : "standard output";
}

void Output::write_all(std::string_view bytes) {
  while (!bytes.empty() && !broken_ && !signals::interrupted()) {
    // Much larger writes were measured to be slower.
    const ssize_t written = ::write(descriptor_, bytes.data(), std::min(bytes.size(), kEnough));
    if (written >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno != EINTR) {
      broken_ = true;
      lost_ = lost_ || errno == EPIPE;
      if (errno != EPIPE) status_ = fail_errno(errno, "write", place());
    }
  }
}

}  // namespace kvstore::repl
