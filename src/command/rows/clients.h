// CLIENT: the connection, and other connections.
#pragma once

#include "src/command/rows/common.h"

namespace kvstore::command {

namespace handlers {
Outcome client_id(Call& call);
Outcome client_get_name(Call& call);
Outcome client_set_name(Call& call);
Outcome client_set_info(Call& call);
Outcome client_info(Call& call);
Outcome client_list(Call& call);
Outcome client_kill(Call& call);
Outcome client_flag(Call& call);
Outcome client_reply(Call& call);
Outcome client_pause(Call& call);
Outcome client_unpause(Call& call);
Outcome client_unblock(Call& call);
Outcome client_tracking(Call& call);
Outcome client_tracking_info(Call& call);
Outcome client_caching(Call& call);
Outcome client_get_redirection(Call& call);
}  // namespace handlers

namespace rows {

inline constexpr Argument kClientName[] = {{.name = "connection-name"}};
inline constexpr Argument kOnOffWords[] = {{.name = "on", .type = kToken, .token = "ON"},
                                           {.name = "off", .type = kToken, .token = "OFF"}};
inline constexpr Argument kOnOff[] = {{.name = "enabled", .type = kOneOf, .parts = kOnOffWords}};
inline constexpr Argument kClientInfo[] = {{.name = "name"}, {.name = "value"}};
inline constexpr Argument kClientTypes[] = {
    {.name = "normal", .type = kToken, .token = "NORMAL"},
    {.name = "master", .type = kToken, .token = "MASTER"},
    {.name = "replica", .type = kToken, .token = "REPLICA"},
    {.name = "pubsub", .type = kToken, .token = "PUBSUB"},
};
inline constexpr Argument kClientType{.name = "client-type",
                                      .type = kOneOf,
                                      .token = "TYPE",
                                      .optional = true,
                                      .parts = kClientTypes};
inline constexpr Argument kClientListArguments[] = {
    kClientType,
    {.name = "client-id", .type = kInteger, .token = "ID", .optional = true, .multiple = true}};
inline constexpr Argument kYesNoWords[] = {{.name = "yes", .type = kToken, .token = "YES"},
                                           {.name = "no", .type = kToken, .token = "NO"}};
inline constexpr Argument kCachingArguments[] = {
    {.name = "mode", .type = kOneOf, .parts = kYesNoWords}};
inline constexpr Argument kKillFilters[] = {
    {.name = "client-id", .type = kInteger, .token = "ID", .optional = true},
    kClientType,
    {.name = "username", .token = "USER", .optional = true},
    {.name = "address", .token = "ADDR", .optional = true},
    {.name = "local-address", .token = "LADDR", .optional = true},
    {.name = "skipme", .type = kOneOf, .token = "SKIPME", .optional = true, .parts = kYesNoWords},
};
inline constexpr Argument kKillChoices[] = {
    {.name = "old-format"}, {.name = "filters", .type = kBlock, .parts = kKillFilters}};
inline constexpr Argument kClientKillArguments[] = {
    {.name = "which", .type = kOneOf, .parts = kKillChoices}};
inline constexpr Argument kReplyWords[] = {{.name = "on", .type = kToken, .token = "ON"},
                                           {.name = "off", .type = kToken, .token = "OFF"},
                                           {.name = "skip", .type = kToken, .token = "SKIP"}};
inline constexpr Argument kReplyArguments[] = {
    {.name = "mode", .type = kOneOf, .parts = kReplyWords}};
inline constexpr Argument kPauseModes[] = {{.name = "write", .type = kToken, .token = "WRITE"},
                                           {.name = "all", .type = kToken, .token = "ALL"}};
inline constexpr Argument kPauseArguments[] = {
    {.name = "timeout", .type = kInteger},
    {.name = "mode", .type = kOneOf, .optional = true, .parts = kPauseModes}};
inline constexpr Argument kUnblockModes[] = {
    {.name = "timeout", .type = kToken, .token = "TIMEOUT"},
    {.name = "error", .type = kToken, .token = "ERROR"}};
inline constexpr Argument kUnblockArguments[] = {
    {.name = "client-id", .type = kInteger},
    {.name = "unblock-type", .type = kOneOf, .optional = true, .parts = kUnblockModes}};

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
         .summary = "LIB-NAME or LIB-VER: take the client library's name and version",
         .since = "0.1",
         .handler = handlers::client_set_info}),
    row({.name = "INFO",
         .flags = kNoScript,
         .summary = "What CLIENT LIST says of this connection",
         .since = "0.1",
         .handler = handlers::client_info}),
    row({.name = "LIST",
         .arguments = kClientListArguments,
         .flags = kAdmin | kNoScript | kOpenEnded,
         .summary = "A line for each client",
         .since = "0.1",
         .handler = handlers::client_list}),
    row({.name = "KILL",
         .arguments = kClientKillArguments,
         .flags = kAdmin | kNoScript | kOpenEnded,
         .redis_min = 1,
         .summary = "Close the connection of an address, or those that the filters leave",
         .since = "0.1",
         .handler = handlers::client_kill}),
    row({.name = "REPLY",
         .arguments = kReplyArguments,
         .flags = kNoScript | kFast,
         .summary = "Answer nothing from now on, or nothing to the next command",
         .since = "0.1",
         .handler = handlers::client_reply}),
    row({.name = "PAUSE",
         .arguments = kPauseArguments,
         .flags = kAdmin | kNoScript | kLateArity,
         .summary = "Let commands of all clients wait so many milliseconds, or those that write",
         .since = "0.1",
         .handler = handlers::client_pause}),
    row({.name = "UNPAUSE",
         .flags = kAdmin | kNoScript,
         .summary = "End CLIENT PAUSE",
         .since = "0.1",
         .handler = handlers::client_unpause}),
    row({.name = "UNBLOCK",
         .arguments = kUnblockArguments,
         .flags = kAdmin | kNoScript | kLateArity,
         .summary = "End a client's wait, as if its time were over or with an error",
         .since = "0.1",
         .handler = handlers::client_unblock}),
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
    row({.name = "GETREDIR",
         .flags = kNoScript | kFast,
         .summary = "-1: CLIENT TRACKING is not on",
         .since = "0.1",
         .handler = handlers::client_get_redirection}),
    row({.name = "TRACKINGINFO",
         .flags = kNoScript,
         .summary = "What CLIENT TRACKING is: off",
         .since = "0.1",
         .handler = handlers::client_tracking_info}),
    row({.name = "CACHING",
         .arguments = kCachingArguments,
         .flags = kNoScript,
         .summary = "Refused, as in Redis without CLIENT TRACKING",
         .since = "0.1",
         .handler = handlers::client_caching}),
    row({.name = "TRACKING",
         .arguments = kOnOff,
         .flags = kNoScript | kOpenEnded | kHidden,
         .handler = handlers::client_tracking}),
    kSubcommandHelp,
};

inline constexpr Command kClients[] = {
    row({.name = "CLIENT",
         .group = "redis",
         .subcommands = kClientSubcommands,
         .needs_subcommand = true,
         .summary = "This connection, and the others",
         .example = "CLIENT SETNAME worker-1\nCLIENT GETNAME",
         .example_reply = "+VALUE 8\nworker-1",
         .since = "0.1"}),
};

}  // namespace rows
}  // namespace kvstore::command
