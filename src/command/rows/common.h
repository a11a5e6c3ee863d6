// Arguments that rows of several groups share.
#pragma once

#include "src/command/table.h"

namespace kvstore::command::rows {

using enum ArgumentType;

inline constexpr Argument kKeyArgument{.name = "key", .type = kKey};

inline constexpr Argument kOneKey[] = {kKeyArgument};
inline constexpr Argument kManyKeys[] = {{.name = "key", .type = kKey, .multiple = true}};

// AT seq|time
inline constexpr Argument kPoint[] = {{.name = "seq", .type = kInteger},
                                      {.name = "time", .type = kUnixTime}};
inline constexpr Argument kAt{
    .name = "version", .type = kOneOf, .token = "AT", .optional = true, .parts = kPoint};

}  // namespace kvstore::command::rows
