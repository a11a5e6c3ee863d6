// Errors as values. Every call that can fail for reasons outside the program returns Status or
// Result<T>; programmer errors fail a check (see base/check.h).
//
// An Error has a stable code (its name is in `-ERR CODE text`, and scripts may match on it), one
// sentence that says what happened and where, and optionally a hint: what the user can type next.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <tl/expected.hpp>

namespace kvstore {

enum class Code : std::uint8_t {
  // The command cannot be executed as typed.
  kSyntax,   // unterminated quote, unknown escape, unterminated block
  kUnknown,  // no such command
  kArity,    // wrong number of arguments
  kNumber,   // an argument is not the number it should be
  kLength,   // a counted value is not followed by a line end
  kTooBig,   // a key, value, line, request or reply is over its limit
  kSkipped,  // not executed: an earlier command failed (ONERROR STOP)
  kState,    // not possible in this state: COMMIT without BEGIN
  // The data does not allow it.
  kExists,    // CREATE of a key that exists
  kType,      // the key holds another type
  kPurged,    // requested history is below floor_seq
  kConflict,  // what a transaction has read was changed by another
  kAborted,   // the transaction was rolled back: it exceeded a limit
  // The store refuses it.
  kCorrupt,   // the newest record of this key is damaged
  kDamaged,   // the file is damaged: writes are refused until it is repaired
  kReadOnly,  // the store was opened for reading
  kFailed,    // an earlier sync failed: no writes until the file is reopened
  kFull,      // no space on the disk
  kIo,        // the operating system refused or failed a file operation
  kMemory,    // out of memory
  // The file cannot be opened.
  kLocked,      // another process has it open for writing
  kFormat,      // not a kvstore file
  kVersion,     // a kvstore file of a newer format
  kNotFound,    // no such file
  kPermission,  // not permitted
  // The connection.
  kNoAuth,     // no login yet
  kWrongPass,  // wrong user or password
  kNoPerm,     // the user lacks the permission
  kLimit,      // a limit of the server was reached
  kTimeout,    // the peer did not respond in time
  kNetwork,    // cannot connect, or the connection broke
  kUsage,      // the command line is wrong
};

// The stable upper-case name: "CORRUPT", "ARITY", ...
std::string_view code_name(Code code);

// The meaning, in a sentence without a full stop, for the documentation.
std::string_view code_meaning(Code code);

// The number of codes: Code(0) to Code(kCodes - 1).
inline constexpr std::size_t kCodes = static_cast<std::size_t>(Code::kUsage) + 1;

// The inverse, for errors received from a server. kIo if unknown.
Code code_from_name(std::string_view name);

struct Error {
  Code code = Code::kIo;
  std::string message;  // what happened, and where
  std::string hint;     // what to type next; may be empty
};

// Such as "FULL the disk is full": without the hint.
std::string with_code(const Error& error);

template <class T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
 public:
  using tl::expected<T, Error>::expected;
};

using Status = Result<void>;

// return fail(Code::kArity, "GET takes one key", "HELP GET");
inline tl::unexpected<Error> fail(Code code, std::string message, std::string hint = {}) {
  return tl::unexpected<Error>(Error{code, std::move(message), std::move(hint)});
}

inline tl::unexpected<Error> fail(Error error) { return tl::unexpected<Error>(std::move(error)); }

// fail() from errno: "cannot OPERATION PATH: Permission denied", with the corresponding code
// (ENOSPC and EDQUOT: kFull, EACCES: kPermission, ...).
tl::unexpected<Error> fail_errno(int error_number, std::string_view operation,
                                 std::string_view path);

}  // namespace kvstore

// Returns the error of an expression of type Status or Result.
#define KV_CONCAT_(a, b) a##b
#define KV_CONCAT(a, b) KV_CONCAT_(a, b)
#define KV_TRY(expression)                                                \
  do {                                                                    \
    auto kv_status = (expression);                                        \
    if (!kv_status) return ::kvstore::fail(std::move(kv_status.error())); \
  } while (false)
// KV_ASSIGN(auto file, open_file(path));
#define KV_ASSIGN(declaration, expression) \
  KV_ASSIGN_(KV_CONCAT(kv_result_, __LINE__), declaration, expression)
#define KV_ASSIGN_(result, declaration, expression)               \
  auto result = (expression);                                     \
  if (!result) return ::kvstore::fail(std::move(result.error())); \
  declaration = std::move(*result)
