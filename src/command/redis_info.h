// What COMMAND INFO of Redis 7.0 says of its commands, as far as the table does not have it.
#pragma once

#include <string>
#include <string_view>

#include "src/command/table.h"

namespace kvstore::command {

struct RedisInfo {
  std::string_view name;   // of a subcommand with its command's: "CLIENT|LIST"
  std::string_view flags;  // "readonly fast"
  std::string_view tips;   // "nondeterministic_output request_policy:all_shards"
};

// Null: Redis has no such command. `parent`: of a subcommand.
const RedisInfo* redis_info_of(const Command& command, const Command* parent = nullptr);

}  // namespace kvstore::command
