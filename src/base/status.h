// Errors as values. Every call that can fail for reasons outside the program
// returns Status or Result<T>; programmer errors assert (see base/check.h).
//
// An Error carries a stable code (its name is what `-ERR CODE text` shows and
// what scripts may match on), one sentence saying what happened and where, and
// optionally a hint: what the user can type next.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <tl/expected.hpp>

namespace kvstore {

enum class Code : std::uint8_t {
  // The command, as typed, cannot be carried out.
  kSyntax,   // unterminated quote, unknown escape, unterminated block
  kUnknown,  // no such command
  kArity,    // wrong number of arguments
  kNumber,   // an argument is not the number it should be
  kLength,   // a counted value is not followed by a line end
  kTooBig,   // a key, value, line, request or reply is over its limit
  kSkipped,  // not executed: a command before it failed (ONERROR STOP)
  kState,    // not as things stand: COMMIT without BEGIN
  // The data says no.
  kExists,    // CREATE of a key that is there
  kType,      // the key holds another type
  kPurged,    // history asked for is below floor_seq
  kConflict,  // what a transaction has read was changed by somebody else
  kAborted,   // the transaction was rolled back: it was past a limit
  // The store says no.
  kCorrupt,   // the newest record of this key is damaged
  kDamaged,   // the file is damaged: writes are refused until it is repaired
  kReadOnly,  // the store was opened for reading
  kFailed,    // an earlier sync failed: no writes until the file is reopened
  kFull,      // no room on the disk
  kIo,        // the operating system refused or failed a file operation
  kMemory,    // out of memory
  // The file cannot be opened.
  kLocked,      // another process writes it
  kFormat,      // not a kvstore file
  kVersion,     // a kvstore file this program is too old for
  kNotFound,    // no such file
  kPermission,  // may not be read or written
  // The connection.
  kNoAuth,     // nobody has logged in yet
  kWrongPass,  // no such user and password
  kNoPerm,     // the user may not do that
  kLimit,      // a server cap was reached
  kTimeout,    // the peer was silent for too long
  kNetwork,    // cannot connect, or the connection broke
  kUsage,      // the command line is wrong
};

// The stable upper-case name: "CORRUPT", "ARITY", ...
std::string_view code_name(Code code);

// What it means, in a sentence without its full stop: for the documents.
std::string_view code_meaning(Code code);

// How many codes there are: Code(0) to Code(kCodes - 1).
inline constexpr std::size_t kCodes = static_cast<std::size_t>(Code::kUsage) + 1;

// The inverse, for errors that arrive over the wire. kIo when unknown.
Code code_from_name(std::string_view name);

struct Error {
  Code code = Code::kIo;
  std::string message;  // what happened, and where
  std::string hint;     // what to type next; may be empty
};

// "FULL the disk is full": without the hint.
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

// fail() from errno: "cannot OPERATION PATH: Permission denied", with the code
// the number maps to (ENOSPC and EDQUOT: kFull, EACCES: kPermission, ...).
tl::unexpected<Error> fail_errno(int error_number, std::string_view operation,
                                 std::string_view path);

}  // namespace kvstore

// Returns the error of an expression that yields Status or Result.
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
