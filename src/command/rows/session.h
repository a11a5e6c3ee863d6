// PING, ECHO, HELP, ONERROR, EXIT: the session itself.
#pragma once

#include "src/command/rows/common.h"

namespace kvstore::command {

namespace handlers {
Outcome ping(Call& call);
Outcome echo(Call& call);
Outcome help(Call& call);
Outcome on_error(Call& call);
Outcome exit(Call& call);
}  // namespace handlers

namespace rows {

inline constexpr Argument kPingArguments[] = {{.name = "message", .optional = true}};
inline constexpr Argument kEchoArguments[] = {{.name = "message"}};
inline constexpr Argument kHelpArguments[] = {{.name = "command", .optional = true}};
inline constexpr Argument kStopOrGo[] = {{.name = "stop", .type = kToken, .token = "STOP"},
                                         {.name = "go", .type = kToken, .token = "GO"}};
inline constexpr Argument kOnErrorArguments[] = {
    {.name = "policy", .type = kOneOf, .parts = kStopOrGo}};

inline constexpr Command kSession[] = {
    row({.name = "PING",
         .group = "session",
         .arguments = kPingArguments,
         .flags = kFast | kLateArity,
         .summary = "Answers PONG, or the message",
         .example = "PING",
         .example_reply = "+PONG",
         .since = "0.1",
         .handler = handlers::ping}),
    row({.name = "ECHO",
         .group = "session",
         .arguments = kEchoArguments,
         .flags = kFast,
         .summary = "Answers the message",
         .example = "ECHO \"tab\\there\"",
         .example_reply = "+VALUE 8\ntab\there",
         .since = "0.1",
         .handler = handlers::echo}),
    row({.name = "HELP",
         .group = "session",
         .arguments = kHelpArguments,
         .summary = "All commands, or more about one",
         .example = "HELP STRLEN",
         .example_reply = "+VALUE ...\nSTRLEN key\n...",
         .since = "0.1",
         .handler = handlers::help}),
    row({.name = "ONERROR",
         .group = "session",
         .arguments = kOnErrorArguments,
         .flags = kNoScript | kFast | kNoAuth,
         .summary = "STOP: after an error, skip all until the next ONERROR",
         .example = "ONERROR STOP",
         .example_reply = "+OK",
         .since = "0.1",
         .handler = handlers::on_error}),
    row({.name = "EXIT",
         .group = "session",
         .flags = kNoScript | kFast | kNoAuth,
         .summary = "Leave; over a connection, close it",
         .example = "EXIT",
         .example_reply = "+OK",
         .since = "0.1",
         .handler = handlers::exit}),
};

}  // namespace rows
}  // namespace kvstore::command
