#include "src/options/password_file.h"

#include <algorithm>
#include <cerrno>
#include <fstream>

namespace kvstore::option_checks {

// Editors end a line, some with a carriage return.
Result<std::string> read_password_file(const std::string& path) {
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  if (!in) return fail_errno(errno, "read", path);
  constexpr std::size_t kMostBytes = std::size_t{64} << 10;
  std::string text(kMostBytes, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad()) return fail_errno(errno == 0 ? EIO : errno, "read", path);
  text.resize(static_cast<std::size_t>(in.gcount()));
  text.resize(std::min(text.find_first_of("\r\n"), text.size()));
  if (!text.empty()) return text;
  return fail(Code::kUsage, path + " has no password in its first line",
              "an empty password is none; leave --password-file out");
}

}  // namespace kvstore::option_checks
