// Why a list is empty, where it is most likely a slip: for a person at the prompt. Programs get
// the empty list that they have asked for.
#pragma once

#include <string>

#include "src/command/table.h"

namespace kvstore::repl {

// "PREFIX takes no pattern; try: KEYS user:*". Empty if the words are as they should be.
std::string why_empty(command::Args argv);

}  // namespace kvstore::repl
