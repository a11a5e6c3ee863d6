// Names of versions and types in replies: "set", "append", "delete" ...; "string", "zset", "none".
#pragma once

#include <string_view>

#include "src/store/store.h"

namespace kvstore::command {

std::string_view kind_name(Version::Kind kind);
// The same, but "zset" for a change of a sorted set's members.
std::string_view change_name(Version::Kind kind, ValueType type);
std::string_view type_name(ValueType type);

}  // namespace kvstore::command
