// Maps the file with a given path, which may be in use.
#pragma once

#include <string>

#include "src/base/status.h"
#include "src/maint/map.h"

namespace kvstore::maint {

// True for a new, empty database, which is not an error.
bool is_new_file(const std::string& path);
SpaceMap map_of_nothing(const std::string& path);

// JSON on one line, with a newline.
std::string to_json_text(const SpaceMap& map);
// The same for the file as it is now. Reads all of it. Errors: those of open_source() and
// map_space().
Result<std::string> map_as_json(const std::string& path);

}  // namespace kvstore::maint
