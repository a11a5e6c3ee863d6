#include "src/base/status.h"

#include <cerrno>
#include <cstring>
#include <iterator>
#include <system_error>

#include <fmt/core.h>

namespace kvstore {
namespace {

struct Row {
  Code code;
  std::string_view name;
  std::string_view meaning;
};

// In the order of the enumeration.
constexpr Row kRows[] = {
    {Code::kSyntax, "SYNTAX",
     "The line cannot be read: an open quote, an unknown escape or option"},
    {Code::kUnknown, "UNKNOWN", "There is no such command, subcommand or section"},
    {Code::kArity, "ARITY", "Too few or too many arguments"},
    {Code::kNumber, "NUMBER", "An argument is not the number, cursor or time it should be"},
    {Code::kLength, "LENGTH", "A counted value is not followed by a line end"},
    {Code::kTooBig, "TOOBIG", "A key, a value, a line, a request or a reply is over its limit"},
    {Code::kSkipped, "SKIPPED", "Not executed, as a command before it failed; or given up"},
    {Code::kState, "STATE",
     "Not allowed as things stand: COMMIT without BEGIN, BEGIN or DIFF in a transaction"},
    {Code::kExists, "EXISTS", "CREATE of a key that is there; an output file that exists"},
    {Code::kType, "TYPE", "The key holds another type"},
    {Code::kPurged, "PURGED", "The version asked for is older than the history that is kept"},
    {Code::kConflict, "CONFLICT", "What a transaction has read was changed by somebody else"},
    {Code::kAborted, "ABORTED",
     "The transaction is rolled back: past a limit, or its connection lost"},
    {Code::kCorrupt, "CORRUPT", "What was asked for is damaged; nothing older passes for it"},
    {Code::kDamaged, "DAMAGED", "The file is damaged: writes are refused until it is repaired"},
    {Code::kReadOnly, "READONLY", "The file, or the transaction, is open for reading only"},
    {Code::kFailed, "FAILED", "A sync has failed: no writes until the file is reopened"},
    {Code::kFull, "FULL", "No space left on the disk"},
    {Code::kIo, "IO", "The operating system refused or failed a file operation"},
    {Code::kMemory, "MEMORY", "Out of memory"},
    {Code::kLocked, "LOCKED", "Another process writes the file"},
    {Code::kFormat, "FORMAT", "Not a kvstore file"},
    {Code::kVersion, "VERSION", "A kvstore file that this program is too old for"},
    {Code::kNotFound, "NOTFOUND", "There is no such file"},
    {Code::kPermission, "PERMISSION", "The file may not be read or written"},
    {Code::kNoAuth, "NOAUTH", "The server needs a password: AUTH"},
    {Code::kWrongPass, "WRONGPASS", "There is no such user and password, or the user is off"},
    {Code::kNoPerm, "NOPERM", "The user's rules (ACL) do not allow the command, or a key of it"},
    {Code::kLimit, "LIMIT", "A limit on connections, memory, open files or threads was reached"},
    {Code::kTimeout, "TIMEOUT", "The other side was silent for too long"},
    {Code::kNetwork, "NETWORK", "Cannot connect, or the connection broke"},
    {Code::kUsage, "USAGE", "The command line is wrong"}};

constexpr bool is_in_order() {
  std::size_t next = 0;
  for (const Row& row : kRows) {
    if (row.code != static_cast<Code>(next++)) return false;
  }
  return next == kCodes;
}
static_assert(is_in_order());

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
    case EMFILE:
    case ENFILE:
      return Code::kLimit;
    default:
      return Code::kIo;
  }
}

// Hints for errors with the same remedy everywhere.
std::string_view hint_of_errno(int error_number) {
  return code_of_errno(error_number) == Code::kLimit
             ? "allow more open files (ulimit -n), or end some programs"
             : "";
}

}  // namespace

std::string_view code_name(Code code) { return kRows[static_cast<std::size_t>(code)].name; }

std::string with_code(const Error& error) {
  return fmt::format("{} {}", code_name(error.code), error.message);
}
std::string_view code_meaning(Code code) { return kRows[static_cast<std::size_t>(code)].meaning; }

Code code_from_name(std::string_view name) {
  for (const Row& row : kRows) {
    if (row.name == name) return row.code;
  }
  return Code::kIo;
}

tl::unexpected<Error> fail_errno(int error_number, std::string_view operation,
                                 std::string_view path) {
  return fail(code_of_errno(error_number),
              fmt::format("cannot {} {}: {}", operation, path,
                          std::generic_category().message(error_number)),
              std::string(hint_of_errno(error_number)));
}

}  // namespace kvstore
