// Configuration files: TOML, with the names of options as keys.
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
  std::string value;  // as on the command line; for a flag "true" or "false"
  std::size_t line = 0;
};

// The entries in the order of the lines. kUsage: the problem, with its line; also errors of reading
// the file.
Result<std::vector<ConfigEntry>> read_config_file(const std::string& path);

// Sets these keys, and keeps everything else in the file: comments, order, owner and mode. A power
// loss leaves the old or the new file. kUsage: it is not TOML; errors of the file.
Status rewrite_config_file(const std::string& path,
                           const std::vector<std::pair<std::string, std::string>>& settings);

// The value as a quoted TOML string.
std::string toml_string(std::string_view value);
// A whole number as it is, other values quoted.
std::string toml_value(const std::string& value);

}  // namespace kvstore::cli
