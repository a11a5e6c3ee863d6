// Which words of a command are secrets, which must not be in a log or a history.
#pragma once

#include "src/command/table.h"

namespace kvstore::command {

// True for passwords of AUTH and HELLO, rules of ACL SETUSER and values of CONFIG SET, also if that
// command is an argument of another (ACL DRYRUN). `index` is the index in `args`; 0 is the command
// word.
bool is_secret(Args args, std::size_t index);
// True if one of the words is a secret.
bool holds_secret(Args args);

}  // namespace kvstore::command
