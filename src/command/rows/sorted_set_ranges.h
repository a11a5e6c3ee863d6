// Sorted sets: ranges of members, and set operations on several sets.
#pragma once

#include "src/command/rows/sorted_sets.h"

namespace kvstore::command {

namespace handlers {
Outcome range_of_members(Call& call);
Outcome store_range(Call& call);
Outcome reverse_range_of_members(Call& call);
Outcome range_by_score(Call& call);
Outcome reverse_range_by_score(Call& call);
Outcome range_by_name(Call& call);
Outcome reverse_range_by_name(Call& call);
Outcome remove_range_by_rank(Call& call);
Outcome remove_range_by_score(Call& call);
Outcome remove_range_by_name(Call& call);
Outcome unite_sorted_sets(Call& call);
Outcome intersect_sorted_sets(Call& call);
Outcome subtract_sorted_sets(Call& call);
Outcome count_intersection(Call& call);
Outcome store_union(Call& call);
Outcome store_intersection(Call& call);
Outcome store_difference(Call& call);
}  // namespace handlers

namespace rows {

inline constexpr Argument kWithScores{
    .name = "withscores", .type = kToken, .token = "WITHSCORES", .optional = true};
inline constexpr Argument kOffsetAndCount[] = {{.name = "offset", .type = kInteger},
                                               {.name = "count", .type = kInteger}};
inline constexpr Argument kRangeLimit{
    .name = "limit", .type = kBlock, .token = "LIMIT", .optional = true, .parts = kOffsetAndCount};
inline constexpr Argument kRangeKinds[] = {{.name = "byscore", .type = kToken, .token = "BYSCORE"},
                                           {.name = "bylex", .type = kToken, .token = "BYLEX"}};
inline constexpr Argument kRangeKind{
    .name = "sortby", .type = kOneOf, .optional = true, .parts = kRangeKinds};
inline constexpr Argument kRangeBackwards{
    .name = "rev", .type = kToken, .token = "REV", .optional = true};
inline constexpr Argument kZRangeArguments[] = {
    kKeyArgument,    {.name = "start"}, {.name = "stop"}, kRangeKind,
    kRangeBackwards, kRangeLimit,       kWithScores,      kAt};
inline constexpr Argument kZRangeStoreArguments[] = {{.name = "dst", .type = kKey},
                                                     {.name = "src", .type = kKey},
                                                     {.name = "min"},
                                                     {.name = "max"},
                                                     kRangeKind,
                                                     kRangeBackwards,
                                                     kRangeLimit};
inline constexpr Argument kZRevRangeArguments[] = {kKeyArgument,
                                                   {.name = "start", .type = kInteger},
                                                   {.name = "stop", .type = kInteger},
                                                   kWithScores};
inline constexpr Argument kByScoreArguments[] = {
    kKeyArgument, {.name = "min"}, {.name = "max"}, kWithScores, kRangeLimit};
inline constexpr Argument kByScoreDownArguments[] = {
    kKeyArgument, {.name = "max"}, {.name = "min"}, kWithScores, kRangeLimit};
inline constexpr Argument kByNameArguments[] = {
    kKeyArgument, {.name = "min"}, {.name = "max"}, kRangeLimit};
inline constexpr Argument kByNameDownArguments[] = {
    kKeyArgument, {.name = "max"}, {.name = "min"}, kRangeLimit};
inline constexpr Argument kRankEndArguments[] = {
    kKeyArgument, {.name = "start", .type = kInteger}, {.name = "stop", .type = kInteger}};
inline constexpr Argument kWeights{
    .name = "weight", .type = kDouble, .token = "WEIGHTS", .optional = true, .multiple = true};
inline constexpr Argument kAggregates[] = {{.name = "sum", .type = kToken, .token = "SUM"},
                                           {.name = "min", .type = kToken, .token = "MIN"},
                                           {.name = "max", .type = kToken, .token = "MAX"}};
inline constexpr Argument kAggregateBy{.name = "aggregate",
                                       .type = kOneOf,
                                       .token = "AGGREGATE",
                                       .optional = true,
                                       .parts = kAggregates};
inline constexpr Argument kDestination{.name = "destination", .type = kKey};
inline constexpr Argument kUnionArguments[] = {kKeyCount, kCountedKeys, kWeights, kAggregateBy,
                                               kWithScores};
inline constexpr Argument kUnionStoreArguments[] = {kDestination, kKeyCount, kCountedKeys, kWeights,
                                                    kAggregateBy};
inline constexpr Argument kDifferenceArguments[] = {kKeyCount, kCountedKeys, kWithScores};
inline constexpr Argument kDifferenceStoreArguments[] = {kDestination, kKeyCount, kCountedKeys};
inline constexpr Argument kCountIntersectionArguments[] = {
    kKeyCount,
    kCountedKeys,
    {.name = "limit", .type = kInteger, .token = "LIMIT", .optional = true}};

inline constexpr Command kSortedSetRanges[] = {
    row({.name = "ZRANGE",
         .group = "sorted sets",
         .arguments = kZRangeArguments,
         .keys = kFirstIsKey,
         .flags = kRead | kOpenEnded,
         .summary =
             "Members from one rank to another, both included, or of a range of scores or names",
         .details =
             "BYSCORE: from one score to another: 10, (10 without it, -inf, +inf; BYLEX, where\n"
             "all scores are the same, from one name to another: [b, (b, -, +. REV: from the\n"
             "highest down, and the higher end comes first. Ranks below 0 count from the end.",
         .example = "ZADD scores 10 ann 20 bob 30 cid\nZRANGE scores 0 1 WITHSCORES",
         .example_reply = "+ARRAY 4\n+VALUE 3\nann\n+VALUE 2\n10\n+VALUE 3\nbob\n+VALUE 2\n20",
         .since = "0.1",
         .handler = handlers::range_of_members}),
    row({.name = "ZRANGESTORE",
         .group = "sorted sets",
         .arguments = kZRangeStoreArguments,
         .keys = {1, 2, 1},
         .key_flags = "OW update; RO access",
         .flags = kWrite | kOpenEnded,
         .summary =
             "Put what ZRANGE would answer into another set; answers how many members it has",
         .example = "ZADD scores 10 ann 20 bob 30 cid\nZRANGESTORE best scores 0 1 REV",
         .example_reply = ":2",
         .since = "0.1",
         .handler = handlers::store_range}),
    row({.name = "ZREVRANGE",
         .group = "sorted sets",
         .arguments = kZRevRangeArguments,
         .keys = kFirstIsKey,
         .flags = kRead | kOpenEnded,
         .summary = "ZRANGE with REV, by ranks",
         .example = "ZADD scores 10 ann 20 bob 30 cid\nZREVRANGE scores 0 0",
         .example_reply = "+ARRAY 1\n+VALUE 3\ncid",
         .since = "0.1",
         .handler = handlers::reverse_range_of_members}),
    row({.name = "ZRANGEBYSCORE",
         .group = "sorted sets",
         .arguments = kByScoreArguments,
         .keys = kFirstIsKey,
         .flags = kRead | kOpenEnded,
         .summary = "ZRANGE with BYSCORE",
         .example = "ZADD scores 10 ann 20 bob 30 cid\nZRANGEBYSCORE scores (10 30 LIMIT 0 1",
         .example_reply = "+ARRAY 1\n+VALUE 3\nbob",
         .since = "0.1",
         .handler = handlers::range_by_score}),
    row({.name = "ZREVRANGEBYSCORE",
         .group = "sorted sets",
         .arguments = kByScoreDownArguments,
         .keys = kFirstIsKey,
         .flags = kRead | kOpenEnded,
         .summary = "ZRANGE with BYSCORE and REV",
         .example = "ZADD scores 10 ann 20 bob 30 cid\nZREVRANGEBYSCORE scores +inf (10",
         .example_reply = "+ARRAY 2\n+VALUE 3\ncid\n+VALUE 3\nbob",
         .since = "0.1",
         .handler = handlers::reverse_range_by_score}),
    row({.name = "ZRANGEBYLEX",
         .group = "sorted sets",
         .arguments = kByNameArguments,
         .keys = kFirstIsKey,
         .flags = kRead | kOpenEnded,
         .summary = "ZRANGE with BYLEX",
         .example = "ZADD names 0 a 0 b 0 c\nZRANGEBYLEX names [b +",
         .example_reply = "+ARRAY 2\n+VALUE 1\nb\n+VALUE 1\nc",
         .since = "0.1",
         .handler = handlers::range_by_name}),
    row({.name = "ZREVRANGEBYLEX",
         .group = "sorted sets",
         .arguments = kByNameDownArguments,
         .keys = kFirstIsKey,
         .flags = kRead | kOpenEnded,
         .summary = "ZRANGE with BYLEX and REV",
         .example = "ZADD names 0 a 0 b 0 c\nZREVRANGEBYLEX names (c -",
         .example_reply = "+ARRAY 2\n+VALUE 1\nb\n+VALUE 1\na",
         .since = "0.1",
         .handler = handlers::reverse_range_by_name}),
    row({.name = "ZREMRANGEBYRANK",
         .group = "sorted sets",
         .arguments = kRankEndArguments,
         .keys = kFirstIsKey,
         .key_flags = "RW delete",
         .flags = kWrite,
         .summary = "Remove the members from one rank to another; answers how many",
         .example = "ZADD scores 10 ann 20 bob 30 cid\nZREMRANGEBYRANK scores 0 1",
         .example_reply = ":2",
         .since = "0.1",
         .handler = handlers::remove_range_by_rank}),
    row({.name = "ZREMRANGEBYSCORE",
         .group = "sorted sets",
         .arguments = kKeyMinMax,
         .keys = kFirstIsKey,
         .key_flags = "RW delete",
         .flags = kWrite,
         .summary = "Remove the members of a range of scores; answers how many",
         .example = "ZADD scores 10 ann 20 bob 30 cid\nZREMRANGEBYSCORE scores -inf (20",
         .example_reply = ":1",
         .since = "0.1",
         .handler = handlers::remove_range_by_score}),
    row({.name = "ZREMRANGEBYLEX",
         .group = "sorted sets",
         .arguments = kKeyMinMax,
         .keys = kFirstIsKey,
         .key_flags = "RW delete",
         .flags = kWrite,
         .summary =
             "Remove the members of a range of names, all scores being the same; answers how many",
         .example = "ZADD names 0 a 0 b 0 c\nZREMRANGEBYLEX names [a [b",
         .example_reply = ":2",
         .since = "0.1",
         .handler = handlers::remove_range_by_name}),
    row({.name = "ZUNION",
         .group = "sorted sets",
         .arguments = kUnionArguments,
         .keys = {.count_at = 1},
         .flags = kRead | kOpenEnded,
         .summary = "The members of all the sets; a score is the sum of those it has",
         .details =
             "WEIGHTS multiplies the scores of each set; AGGREGATE takes the lowest or highest\n"
             "score instead of the sum.",
         .example =
             "ZADD scores 10 ann 20 bob 30 cid\nZADD more 1 bob\nZUNION 2 scores more WITHSCORES",
         .example_reply = "+ARRAY 6\n+VALUE 3\nann\n+VALUE 2\n10\n+VALUE 3\nbob\n+VALUE "
                          "2\n21\n+VALUE 3\ncid\n+VALUE 2\n30",
         .since = "0.1",
         .handler = handlers::unite_sorted_sets}),
    row({.name = "ZINTER",
         .group = "sorted sets",
         .arguments = kUnionArguments,
         .keys = {.count_at = 1},
         .flags = kRead | kOpenEnded,
         .summary = "The members that all the sets have; a score is the sum of those they have",
         .example =
             "ZADD scores 10 ann 20 bob 30 cid\nZADD more 1 bob\nZINTER 2 scores more WITHSCORES",
         .example_reply = "+ARRAY 2\n+VALUE 3\nbob\n+VALUE 2\n21",
         .since = "0.1",
         .handler = handlers::intersect_sorted_sets}),
    row({.name = "ZDIFF",
         .group = "sorted sets",
         .arguments = kDifferenceArguments,
         .keys = {.count_at = 1},
         .flags = kRead | kOpenEnded,
         .summary = "The members of the first set that no other has",
         .example = "ZADD scores 10 ann 20 bob 30 cid\nZADD more 1 bob\nZDIFF 2 scores more",
         .example_reply = "+ARRAY 2\n+VALUE 3\nann\n+VALUE 3\ncid",
         .since = "0.1",
         .handler = handlers::subtract_sorted_sets}),
    row({.name = "ZINTERCARD",
         .group = "sorted sets",
         .arguments = kCountIntersectionArguments,
         .keys = {.count_at = 1},
         .flags = kRead | kOpenEnded,
         .summary = "How many members all the sets have, up to a limit",
         .example =
             "ZADD scores 10 ann 20 bob 30 cid\nZADD more 1 bob 2 cid\nZINTERCARD 2 scores more",
         .example_reply = ":2",
         .since = "0.1",
         .handler = handlers::count_intersection}),
    row({.name = "ZUNIONSTORE",
         .group = "sorted sets",
         .arguments = kUnionStoreArguments,
         .keys = {1, 1, 1, 2},
         .key_flags = "OW update; RO access",
         .flags = kWrite | kOpenEnded,
         .summary = "Put what ZUNION would answer into a set; answers how many members it has",
         .example =
             "ZADD scores 10 ann 20 bob 30 cid\nZADD more 1 dan\nZUNIONSTORE all 2 scores more",
         .example_reply = ":4",
         .since = "0.1",
         .handler = handlers::store_union}),
    row({.name = "ZINTERSTORE",
         .group = "sorted sets",
         .arguments = kUnionStoreArguments,
         .keys = {1, 1, 1, 2},
         .key_flags = "OW update; RO access",
         .flags = kWrite | kOpenEnded,
         .summary = "Put what ZINTER would answer into a set; answers how many members it has",
         .example = "ZADD scores 10 ann 20 bob 30 cid\nZADD more 1 bob\nZINTERSTORE both 2 scores "
                    "more WEIGHTS 1 10 AGGREGATE MAX",
         .example_reply = ":1",
         .since = "0.1",
         .handler = handlers::store_intersection}),
    row({.name = "ZDIFFSTORE",
         .group = "sorted sets",
         .arguments = kDifferenceStoreArguments,
         .keys = {1, 1, 1, 2},
         .key_flags = "OW update; RO access",
         .flags = kWrite | kOpenEnded,
         .summary = "Put what ZDIFF would answer into a set; answers how many members it has",
         .example =
             "ZADD scores 10 ann 20 bob 30 cid\nZADD more 1 bob\nZDIFFSTORE rest 2 scores more",
         .example_reply = ":2",
         .since = "0.1",
         .handler = handlers::store_difference}),
};

}  // namespace rows
}  // namespace kvstore::command
