#include "repl/screen.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <string>
#include <utility>

#include "repl/signals.h"

namespace kvstore::repl {
namespace {

const char* pager_command() {
  for (const char* name : {"KVSTORE_PAGER", "PAGER"}) {
    const char* value = std::getenv(name);
    if (value != nullptr) return value;
  }
  return "command -v less >/dev/null && exec less -FRXK; exec cat";
}

}  // namespace

bool Screen::is_long(std::string_view bytes) const {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row < 2) return false;
  const std::size_t columns = std::max<std::size_t>(size.ws_col, 1);
  std::size_t rows = 0;
  while (!bytes.empty() && rows < size.ws_row) {
    const std::size_t line = std::min(bytes.find('\n'), bytes.size());
    rows += 1 + line / columns;
    bytes.remove_prefix(std::min(line + 1, bytes.size()));
  }
  return rows >= size.ws_row;
}

// Ctrl-C reaches the pager, too, and the shell's handler notes it. less continues by default, so it
// is told to exit (K), unless the user has set $LESS.
bool Screen::open_pager() {
  const char* command = pager_command();
  if (*command == '\0') return false;
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return false;
  pager_ = ::fork();
  if (pager_ == 0) {
    ::dup2(ends[0], STDIN_FILENO);
    std::signal(SIGPIPE, SIG_DFL);
    ::setenv("LESS", "FRXK", 0);
    // A pager that cannot be run (126, 127) has read nothing: cat then shows the reply.
    const std::string script = std::string(command) + "\ncase $? in 126|127) exec cat;; esac";
    ::execl("/bin/sh", "sh", "-c", script.c_str(), static_cast<char*>(nullptr));
    ::_exit(127);
  }
  ::close(ends[0]);
  pipe_ = ends[1];
  if (pager_ < 0) ::close(std::exchange(pipe_, -1));
  return pager_ > 0;
}

void Screen::put(std::string_view bytes) {
  if (signals::interrupted()) return;
  if (!decided_ && paging_ && !is_redirected() && is_long(bytes)) open_pager();
  decided_ = true;
  if (pipe_ < 0 && pager_ < 0) return write_all(bytes);
  while (!bytes.empty() && pipe_ >= 0) {
    const ssize_t written = ::write(pipe_, bytes.data(), bytes.size());
    if (written >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno != EINTR || signals::interrupted()) {
      ::close(std::exchange(pipe_, -1));  // the pager was left early
    }
  }
}

void Screen::end() {
  decided_ = false;
  if (pipe_ >= 0) ::close(std::exchange(pipe_, -1));
  if (pager_ <= 0) return;
  while (::waitpid(pager_, nullptr, 0) < 0 && errno == EINTR) {
  }
  pager_ = -1;
}

}  // namespace kvstore::repl
