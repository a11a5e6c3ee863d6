// Exit codes of the process: one enum for all subcommands, so that scripts can distinguish a
// missing key from a failure.
#pragma once

#include "src/base/status.h"

namespace kvstore {

enum class ExitCode : int {
  kDone = 0,
  kCommandFailed = 1,  // a command was refused: wrong arity, EXISTS, CORRUPT, ...
  kUsage = 2,          // the command line is wrong
  kMissing = 3,        // a one-shot's last reply was NIL
  kCannotOpen = 4,     // cannot open, locked by another process, cannot connect or log in
  kTornTail = 5,       // verify: only a torn tail
  kDamaged = 6,        // damage: verify or SCRUB found it, or a write was refused for it
  kIo = 7,             // disk full, or the operating system failed a file operation
};

// The exit code for an error of a command.
constexpr ExitCode exit_code_of_command(Code code) {
  switch (code) {
    case Code::kFull:
    case Code::kIo:
    case Code::kFailed: return ExitCode::kIo;
    case Code::kLocked:  // the first write opens the file
    case Code::kFormat:
    case Code::kVersion:
    case Code::kNotFound:
    case Code::kPermission:
    case Code::kLimit:
    case Code::kTimeout:
    case Code::kNoAuth:  // a server that refuses the login counts as not reachable
    case Code::kWrongPass:
    case Code::kNetwork: return ExitCode::kCannotOpen;
    case Code::kUsage: return ExitCode::kUsage;
    case Code::kDamaged: return ExitCode::kDamaged;
    default: return ExitCode::kCommandFailed;
  }
}

// The exit code for a store or a connection that could not be opened.
constexpr ExitCode exit_code_of_open(Code code) {
  switch (code) {
    case Code::kFull:
    case Code::kFailed:
    case Code::kIo: return ExitCode::kIo;
    case Code::kUsage: return ExitCode::kUsage;
    default: return ExitCode::kCannotOpen;
  }
}

}  // namespace kvstore
