// What a version is called in replies: "set", "append", "delete", ...
#pragma once

#include <string_view>

#include "src/store/store.h"

namespace kvstore::command {

std::string_view kind_name(Version::Kind kind);

}  // namespace kvstore::command
