// COMMAND, CONFIG, SELECT, CLIENT, HELLO, RESET, TIME, ROLE, WAIT, BGREWRITEAOF: what Redis'
// clients ask of a server.
#pragma once

#include "src/command/rows/common.h"

namespace kvstore::command {

namespace handlers {
Outcome command_table(Call& call);
Outcome command_count(Call& call);
Outcome command_list(Call& call);
Outcome command_docs(Call& call);
Outcome command_info(Call& call);
Outcome config_get(Call& call);
Outcome config_set(Call& call);
Outcome select(Call& call);
Outcome client_id(Call& call);
Outcome client_get_name(Call& call);
Outcome client_set_name(Call& call);
Outcome client_set_info(Call& call);
Outcome client_info(Call& call);
Outcome client_flag(Call& call);
Outcome hello(Call& call);
Outcome reset(Call& call);
Outcome time(Call& call);
Outcome role(Call& call);
Outcome wait_for_followers(Call& call);
Outcome compact_by_redis_name(Call& call);
}  // namespace handlers

namespace rows {

inline constexpr Argument kNames[] = {{.name = "name", .optional = true, .multiple = true}};
inline constexpr Command kCommandSubcommands[] = {
    row({.name = "COUNT",
         .flags = kFast | kOpenEnded,
         .summary = "How many rows the table has",
         .since = "0.1",
         .handler = handlers::command_count}),
    row({.name = "LIST",
         .flags = kOpenEnded,
         .summary = "The names of all rows",
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
};

inline constexpr Argument kConfigGetArguments[] = {
    {.name = "pattern", .type = kPattern, .multiple = true}};
inline constexpr Command kConfigSubcommands[] = {
    row({.name = "GET",
         .arguments = kConfigGetArguments,
         .flags = kAdmin | kNoScript,
         .summary = "The settings whose names match",
         .since = "0.1",
         .handler = handlers::config_get}),
    row({.name = "SET",
         .flags = kAdmin | kNoScript | kOpenEnded | kHidden,
         .handler = handlers::config_set}),
};

inline constexpr Argument kSelectArguments[] = {{.name = "index", .type = kInteger}};

inline constexpr Argument kClientName[] = {{.name = "name"}};
inline constexpr Argument kOnOffWords[] = {{.name = "on", .type = kToken, .token = "ON"},
                                           {.name = "off", .type = kToken, .token = "OFF"}};
inline constexpr Argument kOnOff[] = {{.name = "enabled", .type = kOneOf, .parts = kOnOffWords}};
inline constexpr Argument kWaitArguments[] = {{.name = "numreplicas", .type = kInteger},
                                              {.name = "timeout", .type = kInteger}};
inline constexpr Argument kClientInfo[] = {{.name = "name"}, {.name = "value"}};
inline constexpr Command kClientSubcommands[] = {
    row({.name = "ID",
         .flags = kNoScript | kFast,
         .summary = "The connection's number",
         .since = "0.1",
         .handler = handlers::client_id}),
    row({.name = "GETNAME",
         .flags = kNoScript | kFast,
         .summary = "The connection's name",
         .since = "0.1",
         .handler = handlers::client_get_name}),
    row({.name = "SETNAME",
         .arguments = kClientName,
         .flags = kNoScript | kFast,
         .summary = "Name the connection",
         .since = "0.1",
         .handler = handlers::client_set_name}),
    row({.name = "SETINFO",
         .arguments = kClientInfo,
         .flags = kNoScript | kFast,
         .summary = "Take the client library's name and version",
         .since = "0.1",
         .handler = handlers::client_set_info}),
    row({.name = "INFO",
         .flags = kNoScript,
         .summary = "The connection's number, name and protocol",
         .since = "0.1",
         .handler = handlers::client_info}),
    row({.name = "NO-EVICT",
         .arguments = kOnOff,
         .flags = kNoScript | kFast,
         .summary = "Take ON or OFF: no client is ever evicted",
         .since = "0.1",
         .handler = handlers::client_flag}),
    row({.name = "NO-TOUCH",
         .arguments = kOnOff,
         .flags = kNoScript | kFast,
         .summary = "Take ON or OFF: no key is ever touched",
         .since = "0.1",
         .handler = handlers::client_flag}),
};

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
         .example_reply =
             "+ARRAY 1\n+ARRAY 6\n+VALUE 6\nstrlen\n:2\n+ARRAY 2\n+readonly\n+fast\n:1\n:1\n:1",
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
    row({.name = "CLIENT",
         .group = "redis",
         .subcommands = kClientSubcommands,
         .needs_subcommand = true,
         .summary = "What this connection is called",
         .example = "CLIENT SETNAME worker-1\nCLIENT GETNAME",
         .example_reply = "+VALUE 8\nworker-1",
         .since = "0.1"}),
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
         .summary = "Begin anew: no name, no transaction, no MULTI, no ONERROR STOP, RESP2",
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
         .flags = kAdmin | kNoScript,
         .summary = "COMPACT START, by the name that it has in Redis",
         .example = "SET a 1\nBGREWRITEAOF",
         .example_reply = "+Background append only file rewriting started",
         .since = "0.1",
         .handler = handlers::compact_by_redis_name}),
};

}  // namespace rows
}  // namespace kvstore::command
