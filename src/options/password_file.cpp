#include "src/options/password_file.h"

#include <algorithm>

#include "src/base/small_file.h"

namespace kvstore::option_checks {

// Editors end a line, some of them with a carriage return.
Result<std::string> read_password_file(const std::string& path) {
  constexpr std::size_t kMostBytes = std::size_t{64} << 10;
  KV_ASSIGN(std::string text, read_small_file(path, kMostBytes));
  text.resize(std::min(text.find_first_of("\r\n"), text.size()));
  if (!text.empty()) return text;
  return fail(Code::kUsage, path + " has no password in its first line",
              "an empty password is none; leave --password-file out");
}

}  // namespace kvstore::option_checks
