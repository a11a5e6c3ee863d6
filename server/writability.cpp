#include "server/writability.h"

#include <string>

namespace kvstore::server {
namespace {

// What is left for the log: of the disk, and of what it has preallocated.
constexpr std::uint64_t kLeastLeft = std::uint64_t{64} << 10;

bool is_disk_full(const Stats& stats, std::uint64_t free_bytes) {
  if (free_bytes >= kLeastLeft) return false;
  const std::uint64_t ahead =
      stats.allocated > stats.file_size ? stats.allocated - stats.file_size : 0;
  return free_bytes + ahead < kLeastLeft;
}

}  // namespace

std::optional<Error> why_not_writable(const Stats& stats, std::uint64_t free_bytes) {
  if (stats.read_only) return Error{Code::kReadOnly, "the file is open for reading only", {}};
  const std::string& why = stats.writes_refused;  // "DAMAGED the file is ..."
  if (!why.empty()) {
    const std::size_t blank = why.find(' ');
    return Error{
        code_from_name(why.substr(0, blank)), blank == why.npos ? why : why.substr(blank + 1), {}};
  }
  if (is_disk_full(stats, free_bytes)) return Error{Code::kFull, "the disk is full", "free some"};
  return std::nullopt;
}

}  // namespace kvstore::server
