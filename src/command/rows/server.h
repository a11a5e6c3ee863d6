// SLOWLOG, LATENCY, MONITOR, MEMORY, OBJECT, DEBUG, SHUTDOWN: commands of Redis' clients and tools
// about the server itself.
#pragma once

#include "src/command/rows/common.h"

namespace kvstore::command {

namespace handlers {
Outcome slow_log_get(Call& call);
Outcome slow_log_length(Call& call);
Outcome slow_log_reset(Call& call);
Outcome latency_latest(Call& call);
Outcome latency_history(Call& call);
Outcome latency_graph(Call& call);
Outcome latency_histogram(Call& call);
Outcome latency_reset(Call& call);
Outcome latency_doctor(Call& call);
Outcome monitor(Call& call);
Outcome memory_usage(Call& call);
Outcome memory_doctor(Call& call);
Outcome memory_stats(Call& call);
Outcome memory_purge(Call& call);
Outcome memory_malloc_stats(Call& call);
Outcome object_encoding(Call& call);
Outcome object_references(Call& call);
Outcome object_idle_time(Call& call);
Outcome object_frequency(Call& call);
Outcome debug_sleep(Call& call);
Outcome debug_reload(Call& call);
Outcome shutdown(Call& call);
}  // namespace handlers

namespace rows {

inline constexpr KeySpec kSecondIsKey{2, 2, 1};
inline constexpr Argument kSlowCount[] = {{.name = "count", .type = kInteger, .optional = true}};
inline constexpr Command kSlowLogSubcommands[] = {
    row({.name = "GET",
         .arguments = kSlowCount,
         .flags = kAdmin | kNoScript | kLateArity,
         .summary =
             "The newest ones (10, or count; -1: all): number, time, microseconds, words, client",
         .since = "0.1",
         .handler = handlers::slow_log_get}),
    row({.name = "LEN",
         .flags = kAdmin | kNoScript,
         .summary = "How many are kept",
         .since = "0.1",
         .handler = handlers::slow_log_length}),
    row({.name = "RESET",
         .flags = kAdmin | kNoScript,
         .summary = "Forget them",
         .since = "0.1",
         .handler = handlers::slow_log_reset}),
    kSubcommandHelp,
};

inline constexpr Argument kEventName[] = {{.name = "event"}};
inline constexpr Argument kEventNames[] = {{.name = "event", .optional = true, .multiple = true}};
inline constexpr Argument kCommandNames[] = {
    {.name = "command", .optional = true, .multiple = true}};
inline constexpr Command kLatencySubcommands[] = {
    row({.name = "LATEST",
         .flags = kAdmin | kNoScript,
         .summary = "Each event's newest time, and its longest: name, second, ms, ms",
         .since = "0.1",
         .handler = handlers::latency_latest}),
    row({.name = "HISTORY",
         .arguments = kEventName,
         .flags = kAdmin | kNoScript,
         .summary = "An event's times, the oldest first: second, ms",
         .since = "0.1",
         .handler = handlers::latency_history}),
    row({.name = "GRAPH",
         .arguments = kEventName,
         .flags = kAdmin | kNoScript,
         .summary = "An event's times, drawn in characters, and how long ago each was",
         .since = "0.1",
         .handler = handlers::latency_graph}),
    row({.name = "HISTOGRAM",
         .arguments = kCommandNames,
         .flags = kAdmin | kNoScript,
         .summary = "Nothing",
         .since = "0.1",
         .handler = handlers::latency_histogram}),
    row({.name = "RESET",
         .arguments = kEventNames,
         .flags = kAdmin | kNoScript,
         .summary = "Forget these events, or all; how many there were",
         .since = "0.1",
         .handler = handlers::latency_reset}),
    row({.name = "DOCTOR",
         .flags = kAdmin | kNoScript,
         .summary = "Where to look",
         .since = "0.1",
         .handler = handlers::latency_doctor}),
    kSubcommandHelp,
};

inline constexpr Argument kUsageArguments[] = {
    kKeyArgument, {.name = "count", .type = kInteger, .token = "SAMPLES", .optional = true}};
inline constexpr Command kMemorySubcommands[] = {
    row({.name = "USAGE",
         .arguments = kUsageArguments,
         .keys = kSecondIsKey,
         .key_flags = "RO",
         .flags = kRead | kOpenEnded,
         .summary =
             "Bytes that a key and its value take of the file, about; of memory next to none",
         .since = "0.1",
         .handler = handlers::memory_usage}),
    row({.name = "DOCTOR",
         .summary = "Where to look",
         .since = "0.1",
         .handler = handlers::memory_doctor}),
    row({.name = "STATS",
         .summary = "What STATS Memory says, by Redis' names",
         .since = "0.1",
         .handler = handlers::memory_stats}),
    row({.name = "PURGE",
         .summary = "Give back memory that is only kept",
         .since = "0.1",
         .handler = handlers::memory_purge}),
    row({.name = "MALLOC-STATS",
         .summary = "That the allocator has no statistics, as Redis with the system's says",
         .since = "0.1",
         .handler = handlers::memory_malloc_stats}),
    kSubcommandHelp,
};

inline constexpr Command kObjectSubcommands[] = {
    row({.name = "ENCODING",
         .arguments = kOneKey,
         .keys = kSecondIsKey,
         .key_flags = "RO",
         .flags = kRead,
         .summary = "How Redis would hold the value: int, embstr, raw, listpack, skiplist",
         .since = "0.1",
         .handler = handlers::object_encoding}),
    row({.name = "REFCOUNT",
         .arguments = kOneKey,
         .keys = kSecondIsKey,
         .key_flags = "RO",
         .flags = kRead,
         .summary = "1",
         .since = "0.1",
         .handler = handlers::object_references}),
    row({.name = "IDLETIME",
         .arguments = kOneKey,
         .keys = kSecondIsKey,
         .key_flags = "RO",
         .flags = kRead,
         .summary = "Seconds since it was written; reads are not noted",
         .since = "0.1",
         .handler = handlers::object_idle_time}),
    row({.name = "FREQ",
         .arguments = kOneKey,
         .keys = kSecondIsKey,
         .key_flags = "RO",
         .flags = kRead,
         .summary = "Refused, as in Redis without an LFU policy",
         .since = "0.1",
         .handler = handlers::object_frequency}),
    kSubcommandHelp,
};

inline constexpr Argument kSleepArguments[] = {{.name = "seconds", .type = kDouble}};
inline constexpr Command kDebugSubcommands[] = {
    row({.name = "SLEEP",
         .arguments = kSleepArguments,
         .flags = kAdmin | kNoScript,
         .summary = "Let this connection alone sleep; in MULTI it does not",
         .since = "0.1",
         .handler = handlers::debug_sleep}),
    row({.name = "RELOAD",
         .flags = kAdmin | kNoScript | kNoMulti,
         .summary = "Wait for the disk, as SAVE: what is read is the file already",
         .since = "0.1",
         .handler = handlers::debug_reload}),
    row({.name = "LOADAOF",
         .flags = kAdmin | kNoScript | kNoMulti,
         .summary = "The same",
         .since = "0.1",
         .handler = handlers::debug_reload}),
    kSubcommandHelp,
};

inline constexpr Argument kShutdownSaves[] = {
    {.name = "nosave", .type = kToken, .token = "NOSAVE"},
    {.name = "save", .type = kToken, .token = "SAVE"}};
inline constexpr Argument kShutdownArguments[] = {
    {.name = "save-selector", .type = kOneOf, .optional = true, .parts = kShutdownSaves},
    {.name = "now", .type = kToken, .token = "NOW", .optional = true},
    {.name = "force", .type = kToken, .token = "FORCE", .optional = true},
};

inline constexpr Command kServer[] = {
    row({.name = "SLOWLOG",
         .group = "redis",
         .subcommands = kSlowLogSubcommands,
         .needs_subcommand = true,
         .flags = kAdmin | kNoScript,
         .summary = "The newest slow commands of a server",
         .details = "From --slow-command on a command is one; CONFIG SET slowlog-log-slower-than\n"
                    "(microseconds) and slowlog-max-len change it.",
         .example = "SLOWLOG LEN",
         .example_reply = ":0",
         .since = "0.1"}),
    row({.name = "LATENCY",
         .group = "redis",
         .subcommands = kLatencySubcommands,
         .needs_subcommand = true,
         .flags = kAdmin | kNoScript,
         .summary = "Commands of a server that took long",
         .details =
             "CONFIG SET latency-monitor-threshold says from how many milliseconds on; 0, as at\n"
             "first: none are noted. The events are command and fast-command.",
         .example = "LATENCY LATEST",
         .example_reply = "+ARRAY 0",
         .since = "0.1"}),
    row({.name = "MONITOR",
         .group = "redis",
         .flags = kAdmin | kNoScript | kNoMulti,
         .summary =
             "Send a line for each command that any client has executed, until RESET or QUIT",
         .details =
             "Who reads too slowly misses some, and is told how many. Passwords are left out.",
         .example = "HELP MONITOR",
         .example_reply = "+VALUE ...\nMONITOR\n...",
         .since = "0.1",
         .handler = handlers::monitor}),
    row({.name = "MEMORY",
         .group = "redis",
         .subcommands = kMemorySubcommands,
         .needs_subcommand = true,
         .summary = "What keys and the server take",
         .example = "SET k hello\nMEMORY USAGE k",
         .example_reply = ":56",
         .since = "0.1"}),
    row({.name = "OBJECT",
         .group = "redis",
         .subcommands = kObjectSubcommands,
         .needs_subcommand = true,
         .flags = kRead,
         .summary = "What Redis' clients ask of a value's insides",
         .example = "SET k 12\nOBJECT ENCODING k",
         .example_reply = "+VALUE 3\nint",
         .since = "0.1"}),
    row({.name = "DEBUG",
         .group = "redis",
         .subcommands = kDebugSubcommands,
         .needs_subcommand = true,
         .flags = kAdmin | kNoScript,
         .summary = "For tests of clients",
         .example = "DEBUG SLEEP 0",
         .example_reply = "+OK",
         .since = "0.1"}),
    row({.name = "SHUTDOWN",
         .group = "redis",
         .arguments = kShutdownArguments,
         .flags = kAdmin | kNoScript | kNoMulti,
         .summary = "Stop the server as SIGTERM does: what has arrived is answered, all is synced",
         .example = "HELP SHUTDOWN",
         .example_reply = "+VALUE ...\nSHUTDOWN ...",
         .since = "0.1",
         .handler = handlers::shutdown}),
};

}  // namespace rows
}  // namespace kvstore::command
