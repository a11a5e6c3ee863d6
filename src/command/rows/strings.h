// Redis' commands on strings: counters, several keys at once, read and write in one step,
// substrings.
#pragma once

#include "src/command/rows/values.h"

namespace kvstore::command {

namespace handlers {
Outcome increment(Call& call);
Outcome decrement(Call& call);
Outcome increment_by(Call& call);
Outcome decrement_by(Call& call);
Outcome increment_by_float(Call& call);
Outcome get_many(Call& call);
Outcome set_many(Call& call);
Outcome set_many_if_absent(Call& call);
Outcome set_if_absent(Call& call);
Outcome set_for_seconds(Call& call);
Outcome set_for_milliseconds(Call& call);
Outcome get_and_set(Call& call);
Outcome get_and_expire(Call& call);
Outcome get_and_remove(Call& call);
Outcome get_range(Call& call);
Outcome set_range(Call& call);
Outcome longest_common(Call& call);
}  // namespace handlers

namespace rows {

inline constexpr Argument kIntegerBy[] = {kKeyArgument, {.name = "by", .type = kInteger}};
inline constexpr Argument kFloatBy[] = {kKeyArgument, {.name = "by", .type = kDouble}};
inline constexpr Argument kKeyAndValue[] = {kKeyArgument, {.name = "value"}};
inline constexpr Argument kPairs[] = {
    {.name = "pair", .type = kBlock, .multiple = true, .parts = kKeyAndValue}};
inline constexpr KeySpec kEverySecondIsKey{1, -1, 2};
inline constexpr Argument kSecondsAndValue[] = {
    kKeyArgument, {.name = "seconds", .type = kInteger}, {.name = "value"}};
inline constexpr Argument kMillisecondsAndValue[] = {
    kKeyArgument, {.name = "milliseconds", .type = kInteger}, {.name = "value"}};
inline constexpr Argument kGetExpiry[] = {
    {.name = "seconds", .type = kInteger, .token = "EX"},
    {.name = "milliseconds", .type = kInteger, .token = "PX"},
    {.name = "unix-s", .type = kUnixTime, .token = "EXAT"},
    {.name = "unix-ms", .type = kUnixTime, .token = "PXAT"},
    {.name = "persist", .type = kToken, .token = "PERSIST"},
};
inline constexpr Argument kGetExArguments[] = {
    kKeyArgument, {.name = "expiry", .type = kOneOf, .optional = true, .parts = kGetExpiry}};
inline constexpr Argument kFirstAndLast[] = {kKeyArgument,
                                             {.name = "start", .type = kInteger},
                                             {.name = "end", .type = kInteger}};
inline constexpr Argument kSetRangeArguments[] = {
    kKeyArgument, {.name = "offset", .type = kInteger}, {.name = "value"}};
inline constexpr Argument kLcsArguments[] = {
    {.name = "key1", .type = kKey},
    {.name = "key2", .type = kKey},
    {.name = "len", .type = kToken, .token = "LEN", .optional = true},
    {.name = "idx", .type = kToken, .token = "IDX", .optional = true},
    {.name = "min-match-len", .type = kInteger, .token = "MINMATCHLEN", .optional = true},
    {.name = "withmatchlen", .type = kToken, .token = "WITHMATCHLEN", .optional = true},
};

inline constexpr Command kStrings[] = {
    row({.name = "INCR",
         .group = "strings",
         .arguments = kOneKey,
         .keys = kFirstIsKey,
         .flags = kWrite | kFast,
         .summary = "Add 1 to a number, 0 if it is missing; answers the sum",
         .example = "SET visits 41\nINCR visits",
         .example_reply = ":42",
         .since = "0.1",
         .handler = handlers::increment}),
    row({.name = "DECR",
         .group = "strings",
         .arguments = kOneKey,
         .keys = kFirstIsKey,
         .flags = kWrite | kFast,
         .summary = "Take 1 from a number, 0 if it is missing; answers what is left",
         .example = "SET stock 5\nDECR stock",
         .example_reply = ":4",
         .since = "0.1",
         .handler = handlers::decrement}),
    row({.name = "INCRBY",
         .group = "strings",
         .arguments = kIntegerBy,
         .keys = kFirstIsKey,
         .flags = kWrite | kFast,
         .summary = "Add to a number; answers the sum",
         .example = "INCRBY visits 10",
         .example_reply = ":10",
         .since = "0.1",
         .handler = handlers::increment_by}),
    row({.name = "DECRBY",
         .group = "strings",
         .arguments = kIntegerBy,
         .keys = kFirstIsKey,
         .flags = kWrite | kFast,
         .summary = "Take from a number; answers what is left",
         .example = "DECRBY stock 10",
         .example_reply = ":-10",
         .since = "0.1",
         .handler = handlers::decrement_by}),
    row({.name = "INCRBYFLOAT",
         .group = "strings",
         .arguments = kFloatBy,
         .keys = kFirstIsKey,
         .flags = kWrite | kFast,
         .summary = "Add to a number with a fraction; answers the sum",
         .example = "SET price 10.5\nINCRBYFLOAT price 0.1",
         .example_reply = "+VALUE 4\n10.6",
         .since = "0.1",
         .handler = handlers::increment_by_float}),
    row({.name = "MGET",
         .group = "strings",
         .arguments = kManyKeys,
         .keys = kAllAreKeys,
         .flags = kRead | kFast,
         .summary = "The values of several keys, of one moment",
         .example = "SET a 1\nMGET a b",
         .example_reply = "+ARRAY 2\n+VALUE 1\n1\n+NIL",
         .since = "0.1",
         .handler = handlers::get_many}),
    row({.name = "MSET",
         .group = "strings",
         .arguments = kPairs,
         .keys = kEverySecondIsKey,
         .key_flags = "OW update",
         .flags = kWrite | kOpenEnded,
         .summary = "Set several keys at once: all of them show, or none",
         .example = "MSET a 1 b 2",
         .example_reply = "+OK",
         .since = "0.1",
         .handler = handlers::set_many}),
    row({.name = "MSETNX",
         .group = "strings",
         .arguments = kPairs,
         .keys = kEverySecondIsKey,
         .key_flags = "OW insert",
         .flags = kWrite | kOpenEnded,
         .summary = "The same if none of the keys is there; answers 1, or 0 if one is",
         .example = "SET b 1\nMSETNX a 1 b 2",
         .example_reply = ":0",
         .since = "0.1",
         .handler = handlers::set_many_if_absent}),
    row({.name = "SETNX",
         .group = "strings",
         .arguments = kKeyAndValue,
         .keys = kFirstIsKey,
         .key_flags = "OW insert",
         .flags = kWrite | kFast,
         .summary = "Set a key that is not there; answers 1, or 0 if it is",
         .example = "SETNX lock me",
         .example_reply = ":1",
         .since = "0.1",
         .handler = handlers::set_if_absent}),
    row({.name = "SETEX",
         .group = "strings",
         .arguments = kSecondsAndValue,
         .keys = kFirstIsKey,
         .key_flags = "OW update",
         .flags = kWrite,
         .summary = "Set a key that expires after so many seconds",
         .example = "SETEX session 60 alice",
         .example_reply = "+OK",
         .since = "0.1",
         .handler = handlers::set_for_seconds}),
    row({.name = "PSETEX",
         .group = "strings",
         .arguments = kMillisecondsAndValue,
         .keys = kFirstIsKey,
         .key_flags = "OW update",
         .flags = kWrite,
         .summary = "Set a key that expires after so many milliseconds",
         .example = "PSETEX session 60000 alice",
         .example_reply = "+OK",
         .since = "0.1",
         .handler = handlers::set_for_milliseconds}),
    row({.name = "GETSET",
         .group = "strings",
         .arguments = kKeyAndValue,
         .keys = kFirstIsKey,
         .flags = kWrite | kFast,
         .summary = "Set a key; answers the value it had",
         .example = "SET k old\nGETSET k new",
         .example_reply = "+VALUE 3\nold",
         .since = "0.1",
         .handler = handlers::get_and_set}),
    row({.name = "GETEX",
         .group = "strings",
         .arguments = kGetExArguments,
         .keys = kFirstIsKey,
         .flags = kWrite | kFast | kOpenEnded,
         .summary = "The value of a key, which expires then, or no more (PERSIST)",
         .example = "SET k v\nGETEX k EX 60",
         .example_reply = "+VALUE 1\nv",
         .since = "0.1",
         .handler = handlers::get_and_expire}),
    row({.name = "GETDEL",
         .group = "strings",
         .arguments = kOneKey,
         .keys = kFirstIsKey,
         .key_flags = "RW access delete",
         .flags = kWrite | kFast,
         .summary = "The value of a key, which is removed",
         .example = "SET k v\nGETDEL k",
         .example_reply = "+VALUE 1\nv",
         .since = "0.1",
         .handler = handlers::get_and_remove}),
    row({.name = "GETRANGE",
         .group = "strings",
         .arguments = kFirstAndLast,
         .keys = kFirstIsKey,
         .flags = kRead,
         .summary = "From one byte of a value to another, both included; -1 is the last",
         .example = "SET k \"hello world\"\nGETRANGE k -5 -1",
         .example_reply = "+VALUE 5\nworld",
         .since = "0.1",
         .handler = handlers::get_range}),
    row({.name = "SETRANGE",
         .group = "strings",
         .arguments = kSetRangeArguments,
         .keys = kFirstIsKey,
         .key_flags = "RW update",
         .flags = kWrite,
         .summary = "Overwrite a value from a byte on, zeros before it; answers its length",
         .details = "The whole value is written again. APPEND is the fast way to its end.",
         .example = "SET k \"hello world\"\nSETRANGE k 6 redis",
         .example_reply = ":11",
         .since = "0.1",
         .handler = handlers::set_range}),
    row({.name = "LCS",
         .group = "strings",
         .arguments = kLcsArguments,
         .keys = {1, 2, 1},
         .flags = kRead | kOpenEnded,
         .summary = "The longest common subsequence of two values",
         .example = "MSET a ohmytext b mynewtext\nLCS a b",
         .example_reply = "+VALUE 6\nmytext",
         .since = "0.1",
         .handler = handlers::longest_common}),
};

}  // namespace rows
}  // namespace kvstore::command
