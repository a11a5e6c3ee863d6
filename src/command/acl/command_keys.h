// The keys and channels that a command accesses, and how, by its row and by Redis' key
// specifications.
#pragma once

#include <functional>
#include <optional>
#include <string_view>

#include "src/base/function_ref.h"
#include "src/command/acl/key_patterns.h"
#include "src/command/table.h"

namespace kvstore::command::acl {

// Calls `take` for each key, until it returns false. `row` is the row that is executed; `args`
// begins with the command word, and its number of words fits the row's arity.
void for_each_key(const Command& row, Args args,
                  FunctionRef<bool(std::string_view key, Access access)> take);

// Calls `take` for each channel, or pattern of channels, that the command publishes or subscribes
// to, until it returns false. Unsubscribing is not included: every user may do so.
void for_each_channel(const Command& row, Args args,
                      FunctionRef<bool(std::string_view channel, bool is_pattern)> take);

// For a command that returns values of keys that it does not name (RANGE, PREFIX, DIFF): the prefix
// of all those keys. nullopt: it returns none, or key names only, as KEYS and SCAN do.
std::optional<std::string_view> prefix_shown(const Command& row, Args args);

}  // namespace kvstore::command::acl
