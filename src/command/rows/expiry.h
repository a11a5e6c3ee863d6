// EXPIRE, TTL and similar commands: expiry of keys.
#pragma once

#include "src/command/rows/common.h"

namespace kvstore::command {

namespace handlers {
Outcome expire(Call& call);
Outcome expire_ms(Call& call);
Outcome expire_at(Call& call);
Outcome expire_at_ms(Call& call);
Outcome ttl(Call& call);
Outcome ttl_ms(Call& call);
Outcome expire_time(Call& call);
Outcome expire_time_ms(Call& call);
Outcome persist(Call& call);
}  // namespace handlers

namespace rows {

inline constexpr Argument kExpireConditions[] = {
    {.name = "nx", .type = kToken, .token = "NX"},
    {.name = "xx", .type = kToken, .token = "XX"},
    {.name = "gt", .type = kToken, .token = "GT"},
    {.name = "lt", .type = kToken, .token = "LT"},
};
inline constexpr Argument kCondition{
    .name = "condition", .type = kOneOf, .optional = true, .parts = kExpireConditions};
inline constexpr Argument kExpireSeconds[] = {
    kKeyArgument, {.name = "seconds", .type = kInteger}, kCondition};
inline constexpr Argument kExpireMilliseconds[] = {
    kKeyArgument, {.name = "milliseconds", .type = kInteger}, kCondition};
inline constexpr Argument kExpireAtSeconds[] = {
    kKeyArgument, {.name = "unix-s", .type = kUnixTime}, kCondition};
inline constexpr Argument kExpireAtMilliseconds[] = {
    kKeyArgument, {.name = "unix-ms", .type = kUnixTime}, kCondition};

inline constexpr Command kExpiry[] = {
    row({.name = "EXPIRE",
         .group = "expiry",
         .arguments = kExpireSeconds,
         .keys = kFirstIsKey,
         .key_flags = "RW update",
         .flags = kWrite | kFast | kOpenEnded,
         .summary = "Let a key expire after so many seconds; answers 1, or 0 if it is missing",
         .details =
             "NX: only if it has no expiry; XX: only if it has one; GT, LT: only if the new one\n"
             "is later, or earlier (no expiry is the latest of all). With 0 seconds or fewer\n"
             "the key is removed. Nothing of the value is written again.",
         .example = "SET session alice\nEXPIRE session 60",
         .example_reply = ":1",
         .since = "0.1",
         .handler = handlers::expire}),
    row({.name = "PEXPIRE",
         .group = "expiry",
         .arguments = kExpireMilliseconds,
         .keys = kFirstIsKey,
         .key_flags = "RW update",
         .flags = kWrite | kFast | kOpenEnded,
         .summary = "Let a key expire after so many milliseconds",
         .example = "SET session alice\nPEXPIRE session 60000 NX",
         .example_reply = ":1",
         .since = "0.1",
         .handler = handlers::expire_ms}),
    row({.name = "EXPIREAT",
         .group = "expiry",
         .arguments = kExpireAtSeconds,
         .keys = kFirstIsKey,
         .key_flags = "RW update",
         .flags = kWrite | kFast | kOpenEnded,
         .summary = "Let a key expire at a time, in seconds since 1970",
         .example = "SET session alice\nEXPIREAT session 4102444800",
         .example_reply = ":1",
         .since = "0.1",
         .handler = handlers::expire_at}),
    row({.name = "PEXPIREAT",
         .group = "expiry",
         .arguments = kExpireAtMilliseconds,
         .keys = kFirstIsKey,
         .key_flags = "RW update",
         .flags = kWrite | kFast | kOpenEnded,
         .summary = "Let a key expire at a time, in milliseconds since 1970",
         .example = "SET session alice\nPEXPIREAT session 4102444800000",
         .example_reply = ":1",
         .since = "0.1",
         .handler = handlers::expire_at_ms}),
    row({.name = "TTL",
         .group = "expiry",
         .arguments = kOneKey,
         .keys = kFirstIsKey,
         .flags = kRead | kFast,
         .summary = "Seconds until a key expires; -1: never, -2: it is missing",
         .example = "SET session alice EX 60\nTTL session",
         .example_reply = ":60",
         .since = "0.1",
         .handler = handlers::ttl}),
    row({.name = "PTTL",
         .group = "expiry",
         .arguments = kOneKey,
         .keys = kFirstIsKey,
         .flags = kRead | kFast,
         .summary = "Milliseconds until a key expires; -1: never, -2: it is missing",
         .example = "SET session alice\nPTTL session",
         .example_reply = ":-1",
         .since = "0.1",
         .handler = handlers::ttl_ms}),
    row({.name = "EXPIRETIME",
         .group = "expiry",
         .arguments = kOneKey,
         .keys = kFirstIsKey,
         .flags = kRead | kFast,
         .summary = "When a key expires, in seconds since 1970; -1: never, -2: it is missing",
         .example = "SET session alice EXAT 4102444800\nEXPIRETIME session",
         .example_reply = ":4102444800",
         .since = "0.1",
         .handler = handlers::expire_time}),
    row({.name = "PEXPIRETIME",
         .group = "expiry",
         .arguments = kOneKey,
         .keys = kFirstIsKey,
         .flags = kRead | kFast,
         .summary = "When a key expires, in milliseconds since 1970; -1: never, -2: it is missing",
         .example = "SET session alice EXAT 4102444800\nPEXPIRETIME session",
         .example_reply = ":4102444800000",
         .since = "0.1",
         .handler = handlers::expire_time_ms}),
    row({.name = "PERSIST",
         .group = "expiry",
         .arguments = kOneKey,
         .keys = kFirstIsKey,
         .key_flags = "RW update",
         .flags = kWrite | kFast,
         .summary = "Let a key never expire; answers 1, or 0 if it would not anyway",
         .example = "SET session alice EX 60\nPERSIST session",
         .example_reply = ":1",
         .since = "0.1",
         .handler = handlers::persist}),
};

}  // namespace rows
}  // namespace kvstore::command
