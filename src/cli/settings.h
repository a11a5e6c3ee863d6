// Options that are not on the command line: from the configuration file and from the environment.
// What comes later wins: the default, the file, $KVSTORE_NAME, --name.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

#include "src/base/status.h"

namespace kvstore::cli {

class Settings {
 public:
  // Gives `app`, which has parsed the command line, the options of `file` (TOML; empty: none) and
  // of the environment that it was not given. kUsage, with the line: the file cannot be read, or a
  // key of it is no option, or its value none of that option.
  // `serves`: without a command, so that the file may say where to listen.
  static Result<Settings> apply(CLI::App& app, const std::string& file, bool serves);

  // Whether the environment or `file` sets `name`. False where the file cannot be read.
  static bool names(std::string_view name, const std::string& file);

  // "kvstore.toml line 3: ", where an option was set by something else than the command line.
  std::string place_of(std::string_view name) const;

  // What --print-config shows: TOML, a line an option, each with where its value comes from.
  std::string describe(const CLI::App& app) const;

 private:
  std::map<std::string, std::string> sources_;  // of the options that have one, by name
};

}  // namespace kvstore::cli
