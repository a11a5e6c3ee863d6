// Arguments that rows of several groups share.
#pragma once

#include "src/command/table.h"

namespace kvstore::command {

namespace handlers {
Outcome list_subcommands(Call& call);
}  // namespace handlers

namespace rows {

using enum ArgumentType;

inline constexpr Argument kKeyArgument{.name = "key", .type = kKey};

inline constexpr Argument kOneKey[] = {kKeyArgument};
inline constexpr Argument kManyKeys[] = {{.name = "key", .type = kKey, .multiple = true}};

// Argument AT seq|time.
inline constexpr Argument kPoint[] = {{.name = "seq", .type = kInteger},
                                      {.name = "time", .type = kUnixTime}};
inline constexpr Argument kAt{
    .name = "version", .type = kOneOf, .token = "AT", .optional = true, .parts = kPoint};

// Row of HELP for Redis' commands with subcommands.
inline constexpr Command kSubcommandHelp = row({.name = "HELP",
                                                .summary = "The subcommands, and what they do",
                                                .since = "0.1",
                                                .handler = handlers::list_subcommands});

}  // namespace rows
}  // namespace kvstore::command
