// Which keys a command touches, and how: by its row, and by what Redis says of its commands.
#pragma once

#include <functional>
#include <optional>
#include <string_view>

#include "src/base/function_ref.h"
#include "src/command/acl/key_patterns.h"
#include "src/command/table.h"

namespace kvstore::command::acl {

// Calls `take` for each key, until it answers false. `row`: what is executed; `args` from the
// command's word on, their number checked by the row's arity.
void for_each_key(const Command& row, Args args,
                  FunctionRef<bool(std::string_view key, Access access)> take);

// Calls `take` for each channel that the command publishes or listens to, or pattern of channels,
// until it answers false. Anybody may stop listening.
void for_each_channel(const Command& row, Args args,
                      FunctionRef<bool(std::string_view channel, bool is_pattern)> take);

// Of a command that shows what keys hold without naming them (RANGE, PREFIX, DIFF): what all of
// those keys begin with. nullopt: it shows none, or no more than names, as KEYS and SCAN do.
std::optional<std::string_view> prefix_shown(const Command& row, Args args);

}  // namespace kvstore::command::acl
