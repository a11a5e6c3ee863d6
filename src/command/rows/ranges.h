// RANGE, PREFIX: keys in order, with or without values.
#pragma once

#include "src/command/rows/common.h"

namespace kvstore::command {

namespace handlers {
Outcome range(Call& call);
Outcome prefix(Call& call);
}  // namespace handlers

namespace rows {

inline constexpr Argument kLimitArgument{
    .name = "n", .type = kInteger, .token = "LIMIT", .optional = true};
inline constexpr Argument kAfterArgument{
    .name = "key", .token = "AFTER", .optional = true};
inline constexpr Argument kRevArgument{
    .name = "rev", .type = kToken, .token = "REV", .optional = true};
inline constexpr Argument kValuesArgument{
    .name = "values", .type = kToken, .token = "VALUES", .optional = true};

inline constexpr std::string_view kListDetails =
    "LIMIT lists at most n keys, AFTER only those after a key: so page by page, each\n"
    "AFTER the last key of the page before. REV lists backwards, the bounds as they are.\n"
    "VALUES lists each key's value as well, and reads the value of one moment; of a\n"
    "sorted set none.";

inline constexpr Argument kRangeArguments[] = {{.name = "from"}, {.name = "to"}, kLimitArgument,
                                               kAfterArgument,   kRevArgument,   kValuesArgument};
inline constexpr Argument kPrefixArguments[] = {
    {.name = "prefix"}, kLimitArgument, kAfterArgument, kRevArgument, kValuesArgument};

inline constexpr Command kRanges[] = {
    row({.name = "RANGE",
         .group = "keys",
         .arguments = kRangeArguments,
         .flags = kRead,
         .summary = "Keys from one to another, both included, in byte order; \"\" is an open end",
         .details = kListDetails,
         .example = "SET a 1\nSET b 2\nSET c 3\nRANGE a b VALUES",
         .example_reply = "+ARRAY 4\n+VALUE 1\na\n+VALUE 1\n1\n+VALUE 1\nb\n+VALUE 1\n2",
         .since = "0.1",
         .handler = handlers::range}),
    row({.name = "PREFIX",
         .group = "keys",
         .arguments = kPrefixArguments,
         .flags = kRead,
         .summary = "Keys that begin so, in byte order; AFTER goes on from the last one answered",
         .details = kListDetails,
         .example = "SET user:1 Al\nSET user:2 Bo\nSET x 1\nPREFIX user: LIMIT 1 AFTER user:1",
         .example_reply = "+ARRAY 1\n+VALUE 6\nuser:2",
         .since = "0.1",
         .handler = handlers::prefix}),
};

}  // namespace rows
}  // namespace kvstore::command
