#include "cli/subcommands.h"

#include <array>
#include <utility>

namespace kvstore::cli {
namespace {

// A new subcommand is a row here and a function of its own file.
constexpr std::array<std::pair<std::string_view, Subcommand>, 1> kSubcommands{{
    {"connect", run_connect},
}};

}  // namespace

Subcommand find_subcommand(std::string_view word) {
  for (const auto& [name, function] : kSubcommands) {
    if (name == word) return function;
  }
  return nullptr;
}

}  // namespace kvstore::cli
