// A configuration file: TOML, whose keys are the names of options.
#pragma once

#include <cstddef>
#include <string>
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

}  // namespace kvstore::cli
