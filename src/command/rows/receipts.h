// FLUSHDISK, SYNC, SYNCED, WAITAOF, SAVE: durability of writes.
#pragma once

#include "src/command/rows/common.h"

namespace kvstore::command {

namespace handlers {
Outcome flush_disk(Call& call);
Outcome sync(Call& call);
Outcome synced(Call& call);
Outcome wait_aof(Call& call);
Outcome save(Call& call);
Outcome last_save(Call& call);
}  // namespace handlers

namespace rows {

inline constexpr Argument kSyncSwitch[] = {{.name = "on", .type = kToken, .token = "ON"},
                                           {.name = "off", .type = kToken, .token = "OFF"}};
inline constexpr Argument kSyncArguments[] = {
    {.name = "own-writes", .type = kOneOf, .optional = true, .parts = kSyncSwitch}};
inline constexpr Argument kSyncedArguments[] = {{.name = "seq", .type = kInteger},
                                                {.name = "milliseconds", .type = kInteger}};
inline constexpr Argument kWaitAofArguments[] = {{.name = "numlocal", .type = kInteger},
                                                 {.name = "numreplicas", .type = kInteger},
                                                 {.name = "timeout", .type = kInteger}};
inline constexpr Argument kScheduleWord[] = {
    {.name = "schedule", .type = kToken, .token = "SCHEDULE", .optional = true}};

inline constexpr Command kReceipts[] = {
    row({.name = "FLUSHDISK",
         .group = "durability",
         .flags = kAdmin | kNoScript | kNoMulti,
         .summary = "Wait until everything written is on the disk",
         .example = "FLUSHDISK",
         .example_reply = "+OK",
         .since = "0.1",
         .handler = handlers::flush_disk}),
    row({.name = "SYNC",
         .group = "durability",
         .arguments = kSyncArguments,
         .flags = kAdmin | kNoScript | kNoMulti,
         .summary =
             "Wait until everything written is on the disk; answers the seq up to which it is",
         .details =
             "SYNC ON: from now on what this connection writes is on the disk when it is "
             "answered,\n"
             "whatever --sync says. SYNC OFF: as --sync says. A seq is what writes have in "
             "HISTORY;\n"
             "SYNCED waits for one. (In Redis SYNC is what a replica says: one that has said\n"
             "REPLCONF before is refused.)",
         .example = "SET a 1\nSYNC",
         .example_reply = ":1",
         .since = "0.1",
         .handler = handlers::sync}),
    row({.name = "SYNCED",
         .group = "durability",
         .arguments = kSyncedArguments,
         .flags = kRead | kNoScript,
         .summary =
             "Wait, at most so long, until the seq is on the disk; answers up to which seq all is",
         .details = "It does not make anything sync: what --sync says does, or SYNC.",
         .example = "SET a 1\nSYNC\nSYNCED 1 1000",
         .example_reply = ":1",
         .since = "0.1",
         .handler = handlers::synced}),
    row({.name = "WAITAOF",
         .group = "durability",
         .arguments = kWaitAofArguments,
         .flags = kNoScript,
         .summary = "Wait until what was written is on the disk; of replicas there are none",
         .details =
             "numlocal is 0 or 1; a timeout of 0 milliseconds is none. Answers 1 if it is on the\n"
             "disk, else 0, and 0 replicas. Between MULTI and EXEC it does not wait.",
         .example = "SET a 1\nSYNC\nWAITAOF 1 0 1000",
         .example_reply = "+ARRAY 2\n:1\n:0",
         .since = "0.1",
         .handler = handlers::wait_aof}),
    row({.name = "SAVE",
         .group = "durability",
         .flags = kAdmin | kNoScript | kNoMulti,
         .summary = "A sync and a checkpoint, so that the next open is instant",
         .example = "SAVE",
         .example_reply = "+OK",
         .since = "0.1",
         .handler = handlers::save}),
    row({.name = "BGSAVE",
         .group = "durability",
         .arguments = kScheduleWord,
         .flags = kAdmin | kNoScript | kNoMulti,
         .summary = "SAVE, by the name that it has in Redis' clients (BACKUP makes a copy)",
         .example = "BGSAVE",
         .example_reply = "+Background saving started",
         .since = "0.1",
         .handler = handlers::save}),
    row({.name = "LASTSAVE",
         .group = "durability",
         .flags = kFast,
         .summary = "When SAVE was executed last, or the program began: seconds since 1970",
         .example = "LASTSAVE",
         .example_reply = ":...",
         .since = "0.1",
         .handler = handlers::last_save}),
};

}  // namespace rows
}  // namespace kvstore::command
