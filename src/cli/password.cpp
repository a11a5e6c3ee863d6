#include "src/cli/password.h"

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <cstdlib>
#include <utility>

#include "src/file/descriptor.h"
#include "src/options/password_file.h"

namespace kvstore::cli {
namespace {

// Disables the terminal's echo within a scope.
class EchoOff {
 public:
  explicit EchoOff(int terminal) : terminal_(terminal) {
    if (::tcgetattr(terminal_, &before_) != 0) return;
    termios quiet = before_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    is_off_ = ::tcsetattr(terminal_, TCSAFLUSH, &quiet) == 0;
  }
  ~EchoOff() {
    if (is_off_) ::tcsetattr(terminal_, TCSAFLUSH, &before_);
  }
  EchoOff(const EchoOff&) = delete;
  EchoOff& operator=(const EchoOff&) = delete;
  bool is_off() const { return is_off_; }

 private:
  const int terminal_;
  termios before_{};
  bool is_off_ = false;
};

void show(int terminal, const std::string& text) {
  [[maybe_unused]] const ssize_t written = ::write(terminal, text.data(), text.size());
}

std::string read_line(int terminal) {
  std::string line;
  char byte = 0;
  while (::read(terminal, &byte, 1) == 1 && byte != '\n') line += byte;
  return line;
}

}  // namespace

Result<std::optional<std::string>> find_password(const std::string& file) {
  if (file.empty()) {
    const char* const given = std::getenv("KVSTORE_PASSWORD");
    if (given == nullptr || *given == '\0') return std::optional<std::string>();
    return std::optional<std::string>(given);
  }
  KV_ASSIGN(std::string line, option_checks::read_password_file(file));
  return std::optional<std::string>(std::move(line));
}

std::optional<std::string> ask_password(const std::string& question) {
  const file::Descriptor terminal(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY));
  if (!terminal) return std::nullopt;
  const EchoOff quiet(terminal.get());
  if (!quiet.is_off()) return std::nullopt;
  show(terminal.get(), question);
  std::string password = read_line(terminal.get());
  show(terminal.get(), "\n");
  if (password.empty()) return std::nullopt;
  return password;
}

}  // namespace kvstore::cli
