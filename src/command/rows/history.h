// HISTORY, UNDO, DIFF: past versions of keys, their restoration, and changes between versions.
#pragma once

#include "src/command/rows/common.h"

namespace kvstore::command {

namespace handlers {
Outcome history(Call& call);
Outcome undo(Call& call);
Outcome diff(Call& call);
}  // namespace handlers

namespace rows {

inline constexpr Argument kHistoryArguments[] = {
    kKeyArgument, {.name = "n", .type = kInteger, .token = "LIMIT", .optional = true}};

inline constexpr Argument kUndoArguments[] = {
    kKeyArgument,
    {.name = "version", .type = kOneOf, .token = "TO", .optional = true, .parts = kPoint}};

inline constexpr Argument kDiffArguments[] = {
    {.name = "from", .type = kOneOf, .parts = kPoint},
    {.name = "to", .type = kOneOf, .optional = true, .parts = kPoint},
    {.name = "prefix", .token = "PREFIX", .optional = true},
};

inline constexpr Command kHistory[] = {
    row({.name = "HISTORY",
         .group = "history",
         .arguments = kHistoryArguments,
         .keys = kFirstIsKey,
         .flags = kRead,
         .summary = "A key's versions, newest first (100, or n up to 100000)",
         .details = "Of each: seq, time, kind (set, append, delete, expire; hole or gap: lost to\n"
                    "damage), size, and expiry, NIL for none. Where a compaction has cut\n"
                    "history, the last one is of kind cut, with the seq and time from which on\n"
                    "it is there.",
         .example = "SET price 10\nAPPEND price .50\nHISTORY price LIMIT 1",
         .example_reply = "+ARRAY 1\n+ARRAY 5\n:2\n+VALUE 27\n...Z\n+VALUE 6\nappend\n:5\n+NIL",
         .since = "0.1",
         .handler = handlers::history}),
    row({.name = "UNDO",
         .group = "history",
         .arguments = kUndoArguments,
         .keys = kFirstIsKey,
         .flags = kWrite,
         .summary = "Make a key what it was before its newest version, or at a seq or time",
         .details =
             "A new version with the value and the expiry of then; a key that was missing, or\n"
             "whose expiry of then has passed, is deleted. Answers the seq of the version that\n"
             "the key is of again, 0 if it is missing again, and NIL if that changes nothing:\n"
             "then nothing is written. UNDO again takes an UNDO back; TO goes further. Values\n"
             "of any length: a large one is referred to, not written again. In a transaction, a\n"
             "key that it has written needs TO.",
         .example = "SET price 10\nSET price 12\nUNDO price",
         .example_reply = ":1",
         .since = "0.1",
         .handler = handlers::undo}),
    row({.name = "DIFF",
         .group = "history",
         .arguments = kDiffArguments,
         .flags = kRead | kNoMulti,
         .summary = "The keys that were written after a seq or time, up to another or now",
         .details =
             "Of each key, once and in the order of keys: + (added), ~ (changed) or - (removed),\n"
             "the key, its last seq and that one's time, its size at the first moment and at\n"
             "the second, NIL where it was missing. Versions are compared: a key set to what it\n"
             "was has changed, one that only expired has not. It reads the log in between, and\n"
             "up to 128 MiB before; of more than 262,144 keys again for each so many. Not in a\n"
             "transaction.",
         .example = "SET a 1\nSET b 2\nDELETE a\nDIFF 1 PREFIX a",
         .example_reply =
             "+ARRAY 1\n+ARRAY 6\n+VALUE 1\n-\n+VALUE 1\na\n:3\n+VALUE 27\n...Z\n:1\n+NIL",
         .since = "0.1",
         .handler = handlers::diff}),
};

}  // namespace rows
}  // namespace kvstore::command
