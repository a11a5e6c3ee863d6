// CONFIG's settings by Redis' names: what is so here, and the few that can be changed.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "src/command/call.h"
#include "src/command/failure.h"

namespace kvstore::command {

// All of them, sorted by name.
std::vector<std::pair<std::string, std::string>> settings_of(const Call& call);
// Names and values in turn, all of them or none. What is as it is asked to be can be set, too.
Outcome change_settings(const Call& call, Args names_and_values);

}  // namespace kvstore::command
