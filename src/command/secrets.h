// Which words of a command are secrets, that no log and no history may hold.
#pragma once

#include "src/command/table.h"

namespace kvstore::command {

// Passwords of AUTH and HELLO, rules of ACL SETUSER, values of CONFIG SET; of a command that is
// an argument of another, too (ACL DRYRUN). `index` is of a word of `args`; 0 is the command's.
bool is_secret(Args args, std::size_t index);
// One of them is.
bool holds_secret(Args args);

}  // namespace kvstore::command
