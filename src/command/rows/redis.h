// COMMAND, CONFIG, SELECT, HELLO, RESET, TIME, ROLE, WAIT, BGREWRITEAOF: commands that Redis'
// clients send to a server.
#pragma once

#include "src/command/rows/common.h"

namespace kvstore::command {

namespace handlers {
Outcome command_table(Call& call);
Outcome command_count(Call& call);
Outcome command_list(Call& call);
Outcome command_docs(Call& call);
Outcome command_info(Call& call);
Outcome command_get_keys(Call& call);
Outcome command_get_keys_and_flags(Call& call);
Outcome config_get(Call& call);
Outcome config_set(Call& call);
Outcome config_reset_counts(Call& call);
Outcome config_rewrite(Call& call);
Outcome select(Call& call);
Outcome hello(Call& call);
Outcome reset(Call& call);
Outcome time(Call& call);
Outcome role(Call& call);
Outcome wait_for_followers(Call& call);
Outcome compact_by_redis_name(Call& call);
}  // namespace handlers

namespace rows {

inline constexpr Argument kNames[] = {{.name = "name", .optional = true, .multiple = true}};
inline constexpr Argument kCommandFilters[] = {
    {.name = "module-name", .token = "MODULE"},
    {.name = "category", .token = "ACLCAT"},
    {.name = "pattern", .type = kPattern, .token = "PATTERN"},
};
inline constexpr Argument kCommandFilter[] = {{.name = "filterby",
                                               .type = kOneOf,
                                               .token = "FILTERBY",
                                               .optional = true,
                                               .parts = kCommandFilters}};
inline constexpr Argument kCommandLine[] = {{.name = "command"}, {.name = "arg", .multiple = true}};
inline constexpr Command kCommandSubcommands[] = {
    row({.name = "COUNT",
         .flags = kFast,
         .summary = "How many rows the table has",
         .since = "0.1",
         .handler = handlers::command_count}),
    row({.name = "LIST",
         .arguments = kCommandFilter,
         .flags = kOpenEnded,
         .summary = "The names of all rows, or of those of a pattern or category",
         .since = "0.1",
         .handler = handlers::command_list}),
    row({.name = "DOCS",
         .arguments = kNames,
         .summary = "What commands do and take",
         .since = "0.1",
         .handler = handlers::command_docs}),
    row({.name = "INFO",
         .arguments = kNames,
         .summary = "Arity, flags and keys of commands",
         .since = "0.1",
         .handler = handlers::command_info}),
    row({.name = "GETKEYS",
         .arguments = kCommandLine,
         .summary = "Which words of a command are keys",
         .since = "0.1",
         .handler = handlers::command_get_keys}),
    row({.name = "GETKEYSANDFLAGS",
         .arguments = kCommandLine,
         .summary = "The same, and what the command does with each",
         .since = "0.1",
         .handler = handlers::command_get_keys_and_flags}),
    kSubcommandHelp,
};

inline constexpr Argument kConfigGetArguments[] = {
    {.name = "pattern", .type = kPattern, .multiple = true}};
inline constexpr Argument kConfigPair[] = {{.name = "name"}, {.name = "value"}};
inline constexpr Argument kConfigSetArguments[] = {
    {.name = "setting", .type = kBlock, .multiple = true, .parts = kConfigPair}};
inline constexpr Command kConfigSubcommands[] = {
    row({.name = "GET",
         .arguments = kConfigGetArguments,
         .flags = kAdmin | kNoScript,
         .summary = "The settings whose names match",
         .since = "0.1",
         .handler = handlers::config_get}),
    row({.name = "SET",
         .arguments = kConfigSetArguments,
         .flags = kAdmin | kNoScript,
         .summary = "Change what a running server can: requirepass, notify-keyspace-events, "
                    "slowlog-log-slower-than, slowlog-max-len, latency-monitor-threshold, "
                    "zset-max-listpack-entries and -value",
         .since = "0.1",
         .handler = handlers::config_set}),
    row({.name = "RESETSTAT",
         .flags = kAdmin | kNoScript,
         .summary = "Reset the counts of INFO stats, commandstats and errorstats",
         .since = "0.1",
         .handler = handlers::config_reset_counts}),
    row({.name = "REWRITE",
         .flags = kAdmin | kNoScript,
         .summary = "Write what CONFIG SET has changed into the server's --config file",
         .since = "0.1",
         .handler = handlers::config_rewrite}),
    kSubcommandHelp,
};

inline constexpr Argument kSelectArguments[] = {{.name = "index", .type = kInteger}};

inline constexpr Argument kWaitArguments[] = {{.name = "numreplicas", .type = kInteger},
                                              {.name = "timeout", .type = kInteger}};

inline constexpr Argument kProtocols[] = {{.name = "resp2", .type = kToken, .token = "2"},
                                          {.name = "resp3", .type = kToken, .token = "3"}};
inline constexpr Argument kCredentials[] = {{.name = "user"}, {.name = "password"}};
inline constexpr Argument kGreeting[] = {
    {.name = "protocol", .type = kOneOf, .parts = kProtocols},
    {.name = "auth", .type = kBlock, .token = "AUTH", .optional = true, .parts = kCredentials},
    {.name = "name", .token = "SETNAME", .optional = true},
};
inline constexpr Argument kHelloArguments[] = {
    {.name = "greeting", .type = kBlock, .optional = true, .parts = kGreeting}};

inline constexpr Command kRedis[] = {
    row({.name = "COMMAND",
         .group = "redis",
         .subcommands = kCommandSubcommands,
         .summary = "The command table, for Redis' clients",
         .example = "COMMAND INFO strlen",
         .example_reply = "+ARRAY 1\n+ARRAY 10\n+VALUE 6\nstrlen\n:2\n+ARRAY "
                          "2\n+readonly\n+fast\n:1\n:1\n:1\n...",
         .since = "0.1",
         .handler = handlers::command_table}),
    row({.name = "CONFIG",
         .group = "redis",
         .subcommands = kConfigSubcommands,
         .needs_subcommand = true,
         .flags = kAdmin,
         .summary = "Settings by Redis' names, for its clients",
         .example = "CONFIG GET appendonly",
         .example_reply = "+ARRAY 2\n+VALUE 10\nappendonly\n+VALUE 3\nyes",
         .since = "0.1"}),
    row({.name = "SELECT",
         .group = "redis",
         .arguments = kSelectArguments,
         .flags = kFast,
         .summary = "Choose a database; there is one, 0",
         .example = "SELECT 0",
         .example_reply = "+OK",
         .since = "0.1",
         .handler = handlers::select}),
    row({.name = "HELLO",
         .group = "redis",
         .arguments = kHelloArguments,
         .flags = kNoScript | kFast | kOpenEnded | kNoAuth,
         .summary = "Greet, and choose RESP2 or RESP3; AUTH logs in",
         .example = "HELLO 2",
         .example_reply = "+ARRAY 14\n+VALUE 6\nserver\n+VALUE 7\nkvstore\n...",
         .since = "0.1",
         .handler = handlers::hello}),
    row({.name = "RESET",
         .group = "redis",
         .flags = kNoScript | kFast | kNoAuth,
         .summary = "Start over: no name, transaction, MULTI, channels or ONERROR STOP; RESP2",
         .example = "RESET",
         .example_reply = "+RESET",
         .since = "0.1",
         .handler = handlers::reset}),
    row({.name = "TIME",
         .group = "redis",
         .flags = kFast,
         .summary = "The time that expiries are judged by: seconds since 1970, and microseconds",
         .example = "TIME",
         .example_reply = "+ARRAY 2\n...",
         .since = "0.1",
         .handler = handlers::time}),
    row({.name = "ROLE",
         .group = "redis",
         .flags = kFast,
         .summary = "That this is a master without replicas",
         .example = "ROLE",
         .example_reply = "+ARRAY 3\n+VALUE 6\nmaster\n:0\n+ARRAY 0",
         .since = "0.1",
         .handler = handlers::role}),
    row({.name = "WAIT",
         .group = "redis",
         .arguments = kWaitArguments,
         .flags = kNoScript,
         .summary = "How many replicas have what was written: there are none",
         .example = "WAIT 1 100",
         .example_reply = ":0",
         .since = "0.1",
         .handler = handlers::wait_for_followers}),
    row({.name = "BGREWRITEAOF",
         .group = "redis",
         .flags = kAdmin | kNoScript | kNoMulti,
         .summary = "COMPACT START, by the name that it has in Redis",
         .example = "SET a 1\nBGREWRITEAOF",
         .example_reply = "+Background append only file rewriting started",
         .since = "0.1",
         .handler = handlers::compact_by_redis_name}),
};

}  // namespace rows
}  // namespace kvstore::command
