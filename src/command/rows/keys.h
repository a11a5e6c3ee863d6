// DELETE, DEL, UNLINK, FLUSHALL, FLUSHDB, EXISTS, TOUCH, RENAME, COPY, KEYS, SCAN, RANDOMKEY,
// COUNT, DBSIZE, TYPE: keys with values of any type.
#pragma once

#include "src/command/rows/common.h"

namespace kvstore::command {

namespace handlers {
Outcome remove_one(Call& call);
Outcome remove_all(Call& call);
Outcome flush_all(Call& call);
Outcome exists(Call& call);
Outcome rename(Call& call);
Outcome rename_if_absent(Call& call);
Outcome copy(Call& call);
Outcome random_key(Call& call);
Outcome keys(Call& call);
Outcome scan(Call& call);
Outcome count(Call& call);
Outcome type(Call& call);
}  // namespace handlers

namespace rows {

inline constexpr Argument kKeysArguments[] = {
    {.name = "pattern", .type = kPattern, .optional = true}};
inline constexpr Argument kScanArguments[] = {
    {.name = "cursor", .type = kInteger},
    {.name = "pattern", .type = kPattern, .token = "MATCH", .optional = true},
    {.name = "n", .type = kInteger, .token = "COUNT", .optional = true},
    {.name = "type", .token = "TYPE", .optional = true},
};

inline constexpr Argument kFlushModes[] = {{.name = "async", .type = kToken, .token = "ASYNC"},
                                           {.name = "sync", .type = kToken, .token = "SYNC"}};
inline constexpr Argument kFlushArguments[] = {
    {.name = "flush-type", .type = kOneOf, .optional = true, .parts = kFlushModes}};

inline constexpr Argument kRenameArguments[] = {kKeyArgument, {.name = "newkey", .type = kKey}};
inline constexpr Argument kCopyArguments[] = {
    kKeyArgument,
    {.name = "newkey", .type = kKey},
    {.name = "index", .type = kInteger, .token = "DB", .optional = true},
    {.name = "replace", .type = kToken, .token = "REPLACE", .optional = true},
};

inline constexpr Command kKeys[] = {
    row({.name = "DELETE",
         .group = "keys",
         .arguments = kOneKey,
         .keys = kFirstIsKey,
         .key_flags = "RM delete",
         .flags = kWrite | kFast,
         .summary = "Remove a key; NIL if it was not there",
         .example = "SET k v\nDELETE k",
         .example_reply = "+OK",
         .since = "0.1",
         .handler = handlers::remove_one}),
    row({.name = "DEL",
         .group = "keys",
         .arguments = kManyKeys,
         .keys = kAllAreKeys,
         .key_flags = "RM delete",
         .flags = kWrite,
         .summary = "Remove several keys at once; answers how many there were",
         .example = "SET a 1\nSET b 2\nDEL a b c",
         .example_reply = ":2",
         .since = "0.1",
         .handler = handlers::remove_all}),
    row({.name = "UNLINK",
         .group = "keys",
         .arguments = kManyKeys,
         .keys = kAllAreKeys,
         .key_flags = "RM delete",
         .flags = kWrite | kFast,
         .summary = "The same as DEL, by Redis' other name",
         .example = "SET a 1\nUNLINK a b",
         .example_reply = ":1",
         .since = "0.1",
         .handler = handlers::remove_all}),
    row({.name = "FLUSHALL",
         .group = "keys",
         .arguments = kFlushArguments,
         .flags = kWrite | kFast | kOpenEnded,
         .summary = "Remove all keys, by one record however many there are",
         .details =
             "What they were stays history until a compaction drops it: AT reads it, UNDO key\n"
             "brings a key back, DIFF lists what was removed. ASYNC and SYNC change nothing.",
         .example = "MSET a 1 b 2\nFLUSHALL\nDBSIZE",
         .example_reply = ":0",
         .since = "0.1",
         .handler = handlers::flush_all}),
    row({.name = "FLUSHDB",
         .group = "keys",
         .arguments = kFlushArguments,
         .flags = kWrite | kFast | kOpenEnded,
         .summary = "The same as FLUSHALL: there is one DB, 0",
         .example = "SET a 1\nFLUSHDB",
         .example_reply = "+OK",
         .since = "0.1",
         .handler = handlers::flush_all}),
    row({.name = "TOUCH",
         .group = "keys",
         .arguments = kManyKeys,
         .keys = kAllAreKeys,
         .key_flags = "RO",
         .flags = kRead | kFast,
         .summary = "How many of the keys are there, as EXISTS: no key is ever evicted",
         .example = "SET a 1\nTOUCH a b",
         .example_reply = ":1",
         .since = "0.1",
         .handler = handlers::exists}),
    row({.name = "RENAME",
         .group = "keys",
         .arguments = kRenameArguments,
         .keys = {1, 2, 1},
         .key_flags = "RW access delete; OW update",
         .flags = kWrite,
         .summary = "Give a value another key, its expiry too; what was there is replaced",
         .details = "A large value is not written again, however long it is: it is referred to.",
         .example = "SET draft text\nRENAME draft final",
         .example_reply = "+OK",
         .since = "0.1",
         .handler = handlers::rename}),
    row({.name = "RENAMENX",
         .group = "keys",
         .arguments = kRenameArguments,
         .keys = {1, 2, 1},
         .key_flags = "RW access delete; OW insert",
         .flags = kWrite | kFast,
         .summary = "The same unless the new key is there; answers 1, or 0 if it is",
         .example = "MSET draft text final other\nRENAMENX draft final",
         .example_reply = ":0",
         .since = "0.1",
         .handler = handlers::rename_if_absent}),
    row({.name = "COPY",
         .group = "keys",
         .arguments = kCopyArguments,
         .keys = {1, 2, 1},
         .key_flags = "RO access; OW update",
         .flags = kWrite | kOpenEnded,
         .summary = "Copy a value to another key, its expiry too; answers 1, or 0 if it cannot be",
         .details =
             "A key that is there is left as it is, but with REPLACE. There is one DB, 0. A large\n"
             "value is not written again: it is referred to, until a compaction gives each key\n"
             "its own.",
         .example = "SET a 1\nCOPY a b",
         .example_reply = ":1",
         .since = "0.1",
         .handler = handlers::copy}),
    row({.name = "RANDOMKEY",
         .group = "keys",
         .flags = kRead,
         .summary = "Some key; NIL if there is none",
         .example = "SET a 1\nRANDOMKEY",
         .example_reply = "+VALUE 1\na",
         .since = "0.1",
         .handler = handlers::random_key}),
    row({.name = "EXISTS",
         .group = "keys",
         .arguments = kManyKeys,
         .keys = kAllAreKeys,
         .key_flags = "RO",
         .flags = kRead | kFast,
         .summary = "How many of the keys are there",
         .example = "SET a 1\nEXISTS a b",
         .example_reply = ":1",
         .since = "0.1",
         .handler = handlers::exists}),
    row({.name = "KEYS",
         .group = "keys",
         .arguments = kKeysArguments,
         .flags = kRead,
         .redis_min = 1,
         .summary = "All keys in byte order, or those that match a pattern (* ? [a-z])",
         .example = "SET user:2 Bo\nSET user:1 Al\nSET x 1\nKEYS user:*",
         .example_reply = "+ARRAY 2\n+VALUE 6\nuser:1\n+VALUE 6\nuser:2",
         .since = "0.1",
         .handler = handlers::keys}),
    row({.name = "SCAN",
         .group = "keys",
         .arguments = kScanArguments,
         .flags = kRead | kOpenEnded,
         .summary = "Keys in steps: begin with 0, go on with the cursor answered, until it is 0",
         .details =
             "A step looks at 10 keys, or COUNT; one that answers no keys but a cursor is not\n"
             "the last. Keys that are there all the time are listed at least once. RANGE and\n"
             "PREFIX with LIMIT and AFTER list keys in order, and no key twice.",
         .example = "SET a 1\nSCAN 0",
         .example_reply = "+ARRAY 2\n+VALUE 1\n0\n+ARRAY 1\n+VALUE 1\na",
         .since = "0.1",
         .handler = handlers::scan}),
    row({.name = "COUNT",
         .group = "keys",
         .arguments = kKeysArguments,
         .flags = kRead,
         .summary = "How many keys there are, or match a pattern (* ? [a-z])",
         .example = "SET a 1\nSET b 2\nCOUNT",
         .example_reply = ":2",
         .since = "0.1",
         .handler = handlers::count}),
    row({.name = "DBSIZE",
         .group = "keys",
         .flags = kRead | kFast,
         .summary = "How many keys there are",
         .example = "SET a 1\nSET b 2\nDBSIZE",
         .example_reply = ":2",
         .since = "0.1",
         .handler = handlers::count}),
    row({.name = "TYPE",
         .group = "keys",
         .arguments = kOneKey,
         .keys = kFirstIsKey,
         .key_flags = "RO",
         .flags = kRead | kFast,
         .summary = "What a key holds: string, zset or none",
         .example = "SET a 1\nTYPE a",
         .example_reply = "+string",
         .since = "0.1",
         .handler = handlers::type}),
};

}  // namespace rows
}  // namespace kvstore::command
