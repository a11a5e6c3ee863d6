#include "src/base/status.h"

#include <cerrno>
#include <cstring>
#include <iterator>
#include <system_error>

#include <fmt/core.h>

namespace kvstore {
namespace {

// In the order of the enumeration.
constexpr std::string_view kCodeNames[] = {
    "SYNTAX",  "UNKNOWN",  "ARITY",  "NUMBER", "LENGTH", "TOOBIG", "SKIPPED", "EXISTS", "TYPE",
    "PURGED",  "CONFLICT", "ABORTED", "CORRUPT",  "DAMAGED", "READONLY", "FAILED", "FULL",  "IO",      "MEMORY",
    "LOCKED",  "FORMAT",   "VERSION", "NOTFOUND", "PERMISSION", "LIMIT", "TIMEOUT", "NETWORK",
    "USAGE"};
static_assert(std::size(kCodeNames) == static_cast<std::size_t>(Code::kUsage) + 1);

Code code_of_errno(int error_number) {
  switch (error_number) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return Code::kFull;
    case EACCES:
    case EPERM:
    case EROFS:
      return Code::kPermission;
    case ENOENT:
    case ENOTDIR:
      return Code::kNotFound;
    case ENOMEM:
      return Code::kMemory;
    default:
      return Code::kIo;
  }
}

}  // namespace

std::string_view code_name(Code code) { return kCodeNames[static_cast<std::size_t>(code)]; }

Code code_from_name(std::string_view name) {
  for (std::size_t i = 0; i < std::size(kCodeNames); ++i) {
    if (kCodeNames[i] == name) return static_cast<Code>(i);
  }
  return Code::kIo;
}

tl::unexpected<Error> fail_errno(int error_number, std::string_view operation,
                                 std::string_view path) {
  return fail(code_of_errno(error_number),
              fmt::format("cannot {} {}: {}", operation, path,
                          std::generic_category().message(error_number)));
}

}  // namespace kvstore
