// What STATS' lines mean: HELP STATS and docs/COMMANDS.md are made from it, and a test compares it
// with what STATS answers.
#pragma once

#include <span>
#include <string_view>

namespace kvstore::command {

struct StatsField {
  std::string_view section;
  std::string_view name;
  std::string_view meaning;  // with its unit, without a full stop
};

// In the order in which STATS tells them. Those of Server after the first are a server's alone.
std::span<const StatsField> stats_fields();

}  // namespace kvstore::command
