// The data of Redis 7.0's COMMAND INFO that the table does not contain.
#pragma once

#include <string>
#include <string_view>

#include "src/command/table.h"

namespace kvstore::command {

struct RedisInfo {
  std::string_view name;   // for a subcommand with its command: "CLIENT|LIST"
  std::string_view flags;  // "readonly fast"
  std::string_view tips;   // "nondeterministic_output request_policy:all_shards"
};

// Null: Redis has no such command. `parent` is set for a subcommand.
const RedisInfo* redis_info_of(const Command& command, const Command* parent = nullptr);

}  // namespace kvstore::command
