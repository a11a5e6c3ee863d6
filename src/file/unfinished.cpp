#include "src/file/unfinished.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <atomic>
#include <climits>
#include <csignal>
#include <cstring>
#include <initializer_list>
#include <memory>
#include <string_view>

#include <fmt/core.h>

#include "src/base/mutex.h"
#include "src/base/random.h"
#include "src/file/descriptor.h"

namespace kvstore::file {
namespace {

constexpr std::string_view kMark = ".unfinished-";
constexpr std::size_t kRandomDigits = 8;

bool all_of(std::string_view text, std::string_view allowed) {
  return !text.empty() && text.find_first_not_of(allowed) == text.npos;
}

// Accepts only names made by unfinished_name(): other files beside a database belong to the user.
bool is_unfinished(std::string_view name, std::string_view of) {
  if (name.substr(0, of.size()) != of) return false;
  name.remove_prefix(of.size());
  if (name.substr(0, kMark.size()) != kMark) return false;
  name.remove_prefix(kMark.size());
  const std::size_t dash = name.find('-');
  return dash != name.npos && all_of(name.substr(0, dash), "0123456789") &&
         name.size() - dash - 1 == kRandomDigits &&
         all_of(name.substr(dash + 1), "0123456789abcdef");
}

void remove_if_abandoned(const std::string& path) {
  const Descriptor fd(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (fd && ::flock(fd.get(), LOCK_EX | LOCK_NB) == 0) ::unlink(path.c_str());
}

// Readable by a signal handler at any time.
struct Noted {
  std::atomic<bool> is_whole{false};
  char path[PATH_MAX];
};
constexpr std::size_t kNoted = 8;
Noted noted[kNoted];

extern "C" void remove_noted(int signal) {
  for (const Noted& one : noted) {
    if (one.is_whole.load(std::memory_order_acquire)) ::unlink(one.path);
  }
  std::signal(signal, SIG_DFL);
  std::raise(signal);  // takes effect once this has returned
}

}  // namespace

void remove_unfinished_at_signals() {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction action {};
    if (::sigaction(signal, nullptr, &action) != 0 || action.sa_handler != SIG_DFL) continue;
    action.sa_handler = remove_noted;
    ::sigaction(signal, &action, nullptr);
  }
}

void note_unfinished(const std::string& path) {
  static Mutex mutex;
  static std::size_t next = 0;
  if (path.size() >= PATH_MAX) return;
  MutexLock lock(mutex);
  Noted& one = noted[next++ % kNoted];
  one.is_whole.store(false);
  std::memcpy(one.path, path.c_str(), path.size() + 1);
  one.is_whole.store(true, std::memory_order_release);
}

std::string unfinished_name(const std::string& path) {
  return fmt::format("{}{}{}-{:08x}", path, kMark, ::getpid(),
                     static_cast<std::uint32_t>(random_bits()));
}

// Not std::filesystem's iterator, which ends the process if memory runs out.
void remove_unfinished(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string name = slash == path.npos ? path : path.substr(slash + 1);
  const std::string prefix = slash == path.npos ? "" : path.substr(0, slash + 1);
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(
      ::opendir(prefix.empty() ? "." : prefix.c_str()), ::closedir);
  if (!directory) return;
  while (const dirent* entry = ::readdir(directory.get())) {
    if (is_unfinished(entry->d_name, name)) remove_if_abandoned(prefix + entry->d_name);
  }
}

}  // namespace kvstore::file
