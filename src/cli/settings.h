// Options from the configuration file and the environment. In ascending precedence: the default,
// the file, $KVSTORE_NAME, --name.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

#include "src/base/status.h"

namespace kvstore::cli {

class Settings {
 public:
  // Sets options of `app`, which has parsed the command line, that were not given there, from
  // `file` (TOML; empty: none) and the environment. kUsage, with the line: the file cannot be read,
  // a key is not an option, or a value is invalid. `serves`: there is no command, so the file may
  // set where to listen.
  static Result<Settings> apply(CLI::App& app, const std::string& file, bool serves);

  // Whether the environment or `file` sets `name`. False if the file cannot be read.
  static bool names(std::string_view name, const std::string& file);

  // Such as "kvstore.toml line 3: " if an option was not set by the command line.
  std::string place_of(std::string_view name) const;

  // `hint`, such as "--sync always", as it is typed where the option was set: sync = "always".
  std::string hint_of(std::string_view name, const std::string& hint) const;

  // The output of --print-config: TOML, one option a line, with the source of its value.
  std::string describe(const CLI::App& app) const;

 private:
  std::map<std::string, std::string> sources_;  // sources of options by name
  std::set<std::string, std::less<>> in_file_;  // options that the file has set
};

}  // namespace kvstore::cli
