#include "server/writability.h"

#include <string>

namespace kvstore::server {

std::optional<Error> why_not_writable(const Stats& stats) {
  if (stats.read_only) return Error{Code::kReadOnly, "the file is open for reading only", {}};
  const std::string& why = stats.writes_refused;  // "DAMAGED the file is ..."
  if (why.empty()) return std::nullopt;
  const std::size_t blank = why.find(' ');
  return Error{
      code_from_name(why.substr(0, blank)), blank == why.npos ? why : why.substr(blank + 1), {}};
}

}  // namespace kvstore::server
