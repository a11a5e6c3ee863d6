// The meaning of the lines of STATS. HELP STATS and docs/COMMANDS.md are generated from it, and a
// test compares it with the reply of STATS.
#pragma once

#include <span>
#include <string_view>

namespace kvstore::command {

struct StatsField {
  std::string_view section;
  std::string_view name;
  std::string_view meaning;  // with its unit, without a full stop
};

// In the order of STATS. Those of section Server after the first exist in a server only.
std::span<const StatsField> stats_fields();

}  // namespace kvstore::command
