// CONFIG's settings by Redis' names: their present values, and the few that can be changed.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "src/command/call.h"
#include "src/command/failure.h"

namespace kvstore::command {

// All settings, sorted by name.
std::vector<std::pair<std::string, std::string>> settings_of(const Call& call);
// Applies alternating names and values, all or none. Setting the present value succeeds for every
// setting.
Outcome change_settings(const Call& call, Args names_and_values);

}  // namespace kvstore::command
