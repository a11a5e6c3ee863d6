#include "src/cli/subcommands.h"

#include <array>
#include <utility>

#include "src/maint/cli.h"

namespace kvstore::cli {
namespace {

// A new subcommand is a row here and a function of its own file.
constexpr std::array<std::pair<std::string_view, Subcommand>, 3> kSubcommands{{
    {"connect", run_connect},
    {"convert", maint::run_convert},
    {"verify", maint::run_verify},
}};

}  // namespace

Subcommand find_subcommand(std::string_view word) {
  for (const auto& [name, function] : kSubcommands) {
    if (name == word) return function;
  }
  return nullptr;
}

}  // namespace kvstore::cli
