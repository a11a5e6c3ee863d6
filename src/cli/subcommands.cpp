#include "src/cli/subcommands.h"

#include <array>
#include <utility>

#include "src/base/edit_distance.h"
#include "src/maint/cli.h"

namespace kvstore::cli {
namespace {

// A new subcommand needs a row here and a function in its own file.
constexpr std::array<std::pair<std::string_view, Subcommand>, 15> kSubcommands{{
    {"backup", run_backup},
    {"bench", run_bench},
    {"compact", run_compact},
    {"connect", run_connect},
    {"convert", maint::run_convert},
    {"delete", run_delete},
    {"demo", run_demo},
    {"export", run_export},
    {"get", run_get},
    {"import", run_import},
    {"map", maint::run_map},
    {"put", run_put},
    {"replay", run_replay},
    {"restore", run_restore},
    {"verify", maint::run_verify},
}};

}  // namespace

std::span<const std::pair<std::string_view, Subcommand>> subcommands() { return kSubcommands; }

Subcommand find_subcommand(std::string_view word) {
  for (const auto& [name, function] : kSubcommands) {
    if (name == word) return function;
  }
  return nullptr;
}

std::string_view nearest_subcommand(std::string_view word) {
  constexpr std::size_t kLongest = 32;  // longest word compared, because the cost is the product of
                                        // the sizes
  std::string_view nearest;
  std::size_t least = 3;
  for (const auto& [name, function] : kSubcommands) {
    const std::size_t distance = edit_distance(word.substr(0, kLongest), name);
    if (distance >= least) continue;
    least = distance;
    nearest = name;
  }
  return nearest;
}

}  // namespace kvstore::cli
