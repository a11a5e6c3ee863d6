// Commands, as text of any bytes, against a model that keeps its values in a map.
// What must hold:
//
//   - each reply is the one the model gives, where the model has an opinion;
//   - an error changes nothing;
//   - at the end, and after reopening, keys and values are the model's.
//
// Two more lines work here: REOPEN closes the store and opens it again, KILL opens
// it as a killed process leaves it.
#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "src/command/reply.h"
#include "src/command/table.h"
#include "tests/fuzz/finding.h"

namespace kvstore::fuzz {

struct CommandHooks {
  // Where a test plants a bug: runs before a command, and may change its words.
  std::function<void(std::vector<std::string_view>* argv)> before_command;
};

Finding check_command(Input input, const CommandHooks& hooks = {});

}  // namespace kvstore::fuzz
