#include "server/writability.h"

namespace kvstore::server {

std::optional<Error> why_not_writable(const Stats& stats) {
  if (stats.read_only) return Error{Code::kReadOnly, "the file is open for reading only", {}};
  return stats.writes_refused;
}

}  // namespace kvstore::server
