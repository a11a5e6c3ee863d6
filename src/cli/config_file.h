// A configuration file: TOML, whose keys are the names of options.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "src/base/status.h"

namespace kvstore::cli {

struct ConfigEntry {
  std::string name;
  std::string value;  // as it would be on the command line; of a flag "true" or "false"
  std::size_t line = 0;
};

// In the order of the lines. kUsage: what is wrong, with its line; errors of reading the file.
Result<std::vector<ConfigEntry>> read_config_file(const std::string& path);

// Sets these keys, and keeps all else of the file as it is: comments, order, owner and mode. A
// power loss leaves the old file or the new one. kUsage: it is no TOML; errors of files.
Status rewrite_config_file(const std::string& path,
                           const std::vector<std::pair<std::string, std::string>>& settings);

// "value" as TOML has it, in quotes.
std::string toml_string(std::string_view value);

}  // namespace kvstore::cli
