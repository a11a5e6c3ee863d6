// CREATE, SET, GET, APPEND, READ, STRLEN: the value of one key.
#pragma once

#include "src/command/rows/common.h"

namespace kvstore::command {

namespace handlers {
Outcome create(Call& call);
Outcome set(Call& call);
Outcome get(Call& call);
Outcome append(Call& call);
Outcome read(Call& call);
Outcome strlen(Call& call);
}  // namespace handlers

namespace rows {

inline constexpr Argument kSetConditions[] = {{.name = "nx", .type = kToken, .token = "NX"},
                                              {.name = "xx", .type = kToken, .token = "XX"}};
inline constexpr Argument kSetExpiry[] = {
    {.name = "seconds", .type = kInteger, .token = "EX"},
    {.name = "milliseconds", .type = kInteger, .token = "PX"},
    {.name = "unix-s", .type = kUnixTime, .token = "EXAT"},
    {.name = "unix-ms", .type = kUnixTime, .token = "PXAT"},
    {.name = "keepttl", .type = kToken, .token = "KEEPTTL"},
};
inline constexpr Argument kSetArguments[] = {
    kKeyArgument,
    {.name = "value"},
    {.name = "condition", .type = kOneOf, .optional = true, .parts = kSetConditions},
    {.name = "get", .type = kToken, .token = "GET", .optional = true},
    {.name = "expiry", .type = kOneOf, .optional = true, .parts = kSetExpiry},
};
inline constexpr Argument kMeta{.name = "meta", .type = kToken, .token = "META", .optional = true};
inline constexpr Argument kGetArguments[] = {kKeyArgument, kAt, kMeta};
inline constexpr Argument kAppendArguments[] = {kKeyArgument, {.name = "value"}};
inline constexpr Argument kReadWhen[] = {
    {.name = "version", .type = kOneOf, .token = "AT", .parts = kPoint},
    {.name = "milliseconds", .type = kInteger, .token = "WAIT"},
};
inline constexpr Argument kReadArguments[] = {
    kKeyArgument,
    {.name = "offset", .type = kInteger},
    {.name = "length", .type = kInteger},
    {.name = "when", .type = kOneOf, .optional = true, .parts = kReadWhen},
    kMeta,
};
inline constexpr std::string_view kMetaDetails =
    "META answers what is known of the key, too, all of one version: its seq, time, type,\n"
    "size, when it expires (milliseconds since 1970, NIL: never), and the bytes.";

inline constexpr Command kValues[] = {
    row({.name = "CREATE",
         .group = "values",
         .arguments = kOneKey,
         .keys = kFirstIsKey,
         .key_flags = "RW insert",
         .flags = kWrite | kFast,
         .summary = "Make an empty value; EXISTS if the key is there",
         .example = "CREATE trades",
         .example_reply = "+OK",
         .since = "0.1",
         .handler = handlers::create}),
    row({.name = "SET",
         .group = "values",
         .arguments = kSetArguments,
         .keys = kFirstIsKey,
         .key_flags = "RW access update variable_flags",
         .flags = kWrite | kOpenEnded,
         .value_form = ValueForm::kSet,
         .summary = "Store a value, replacing the old one",
         .example = "SET greeting \"hello world\"",
         .example_reply = "+OK",
         .since = "0.1",
         .handler = handlers::set}),
    row({.name = "GET",
         .group = "values",
         .arguments = kGetArguments,
         .keys = kFirstIsKey,
         .flags = kRead | kFast | kOwnOptions,
         .summary = "The value, now or as it was",
         .details = kMetaDetails,
         .example = "SET mykey hello\nGET mykey",
         .example_reply = "+VALUE 5\nhello",
         .since = "0.1",
         .handler = handlers::get}),
    row({.name = "APPEND",
         .group = "values",
         .arguments = kAppendArguments,
         .keys = kFirstIsKey,
         .key_flags = "RW insert",
         .flags = kWrite | kFast,
         .value_form = ValueForm::kAppend,
         .summary = "Add to the end of a value, making it if need be; answers its new length",
         .example = "APPEND trades 12\nAAPL,189.20\n",
         .example_reply = ":12",
         .since = "0.1",
         .handler = handlers::append}),
    row({.name = "READ",
         .group = "values",
         .arguments = kReadArguments,
         .keys = kFirstIsKey,
         .flags = kRead,
         .summary = "Part of a value; a negative offset counts from its end",
         .details =
             "WAIT: if the value ends there, or is missing, the answer waits so long for an\n"
             "APPEND or a SET that changes that; then it is as without WAIT. In a transaction,\n"
             "and between MULTI and EXEC, it does not wait. META: as of GET; READ key 0 0 META\n"
             "looks at a key, of whatever type, and reads nothing of its value. Once a client\n"
             "has closed its end of the connection (nc -N), WAIT waits 3 seconds more at most.",
         .example = "APPEND trades \"AAPL,189.20\"\nREAD trades 5 6",
         .example_reply = "+VALUE 6\n189.20",
         .since = "0.1",
         .handler = handlers::read}),
    row({.name = "STRLEN",
         .group = "values",
         .arguments = kOneKey,
         .keys = kFirstIsKey,
         .key_flags = "RO",
         .flags = kRead | kFast,
         .summary = "A value's length in bytes, 0 for a missing key",
         .example = "SET k hello\nSTRLEN k",
         .example_reply = ":5",
         .since = "0.1",
         .handler = handlers::strlen}),
};

}  // namespace rows
}  // namespace kvstore::command
