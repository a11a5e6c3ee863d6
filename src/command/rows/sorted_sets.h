// Sorted sets: single members and scores, and pops from both ends.
#pragma once

#include "src/command/rows/common.h"

namespace kvstore::command {

namespace handlers {
Outcome add_to_sorted_set(Call& call);
Outcome increment_score(Call& call);
Outcome remove_from_sorted_set(Call& call);
Outcome score_of_member(Call& call);
Outcome scores_of_members(Call& call);
Outcome size_of_sorted_set(Call& call);
Outcome count_by_score(Call& call);
Outcome count_by_name(Call& call);
Outcome rank_of_member(Call& call);
Outcome reverse_rank_of_member(Call& call);
Outcome random_members(Call& call);
Outcome scan_sorted_set(Call& call);
Outcome pop_lowest(Call& call);
Outcome pop_highest(Call& call);
Outcome pop_from_many(Call& call);
Outcome pop_lowest_or_wait(Call& call);
Outcome pop_highest_or_wait(Call& call);
Outcome pop_from_many_or_wait(Call& call);
}  // namespace handlers

namespace rows {

inline constexpr Argument kMember{.name = "member"};
inline constexpr Argument kScoreAndMember[] = {{.name = "score", .type = kDouble}, kMember};
inline constexpr Argument kAddConditions[] = {{.name = "nx", .type = kToken, .token = "NX"},
                                              {.name = "xx", .type = kToken, .token = "XX"}};
inline constexpr Argument kAddComparisons[] = {{.name = "gt", .type = kToken, .token = "GT"},
                                               {.name = "lt", .type = kToken, .token = "LT"}};
inline constexpr Argument kZAddArguments[] = {
    kKeyArgument,
    {.name = "condition", .type = kOneOf, .optional = true, .parts = kAddConditions},
    {.name = "comparison", .type = kOneOf, .optional = true, .parts = kAddComparisons},
    {.name = "change", .type = kToken, .token = "CH", .optional = true},
    {.name = "increment", .type = kToken, .token = "INCR", .optional = true},
    {.name = "data", .type = kBlock, .multiple = true, .parts = kScoreAndMember},
};
inline constexpr Argument kZIncrArguments[] = {
    kKeyArgument, {.name = "increment", .type = kDouble}, kMember};
inline constexpr Argument kKeyAndMembers[] = {kKeyArgument, {.name = "member", .multiple = true}};
inline constexpr Argument kScoreArguments[] = {kKeyArgument, kMember, kAt};
inline constexpr Argument kSizeArguments[] = {kKeyArgument, kAt};
inline constexpr Argument kKeyMinMax[] = {kKeyArgument, {.name = "min"}, {.name = "max"}};
inline constexpr Argument kRankArguments[] = {
    kKeyArgument,
    kMember,
    {.name = "withscore", .type = kToken, .token = "WITHSCORE", .optional = true}};
inline constexpr Argument kRandomCount[] = {
    {.name = "count", .type = kInteger},
    {.name = "withscores", .type = kToken, .token = "WITHSCORES", .optional = true}};
inline constexpr Argument kRandomArguments[] = {
    kKeyArgument, {.name = "options", .type = kBlock, .optional = true, .parts = kRandomCount}};
inline constexpr Argument kZScanArguments[] = {
    kKeyArgument,
    {.name = "cursor", .type = kInteger},
    {.name = "pattern", .type = kPattern, .token = "MATCH", .optional = true},
    {.name = "count", .type = kInteger, .token = "COUNT", .optional = true},
};
inline constexpr Argument kPopArguments[] = {kKeyArgument,
                                             {.name = "count", .type = kInteger, .optional = true}};
inline constexpr Argument kTimeout{.name = "timeout", .type = kDouble};
inline constexpr Argument kWaitToPopArguments[] = {{.name = "key", .type = kKey, .multiple = true},
                                                   kTimeout};
inline constexpr KeySpec kAllButLast{1, -2, 1};
inline constexpr Argument kPopEnds[] = {{.name = "min", .type = kToken, .token = "MIN"},
                                        {.name = "max", .type = kToken, .token = "MAX"}};
inline constexpr Argument kKeyCount{.name = "numkeys", .type = kInteger};
inline constexpr Argument kCountedKeys{.name = "key", .type = kKey, .multiple = true};
inline constexpr Argument kPopEnd{.name = "where", .type = kOneOf, .parts = kPopEnds};
inline constexpr Argument kPopCount{
    .name = "count", .type = kInteger, .token = "COUNT", .optional = true};
inline constexpr Argument kPopFromManyArguments[] = {kKeyCount, kCountedKeys, kPopEnd, kPopCount};
inline constexpr Argument kWaitToPopFromManyArguments[] = {kTimeout, kKeyCount, kCountedKeys,
                                                           kPopEnd, kPopCount};

inline constexpr Command kSortedSets[] = {
    row({.name = "ZADD",
         .group = "sorted sets",
         .arguments = kZAddArguments,
         .keys = kFirstIsKey,
         .key_flags = "RW update",
         .flags = kWrite | kFast | kOpenEnded,
         .summary = "Give members scores; answers how many are new, CH: or have another score",
         .details =
             "A missing set is made. NX: new members only; XX: none but those that are there;\n"
             "GT, LT: a score is replaced by a higher, or lower, one only. INCR adds to one\n"
             "score and answers the sum. Scores: numbers, inf and -inf.",
         .example = "ZADD scores 10 ann 20 bob",
         .example_reply = ":2",
         .since = "0.1",
         .handler = handlers::add_to_sorted_set}),
    row({.name = "ZINCRBY",
         .group = "sorted sets",
         .arguments = kZIncrArguments,
         .keys = kFirstIsKey,
         .flags = kWrite | kFast,
         .summary = "Add to a member's score, 0 if it is missing; answers the sum",
         .example = "ZADD scores 10 ann\nZINCRBY scores 2.5 ann",
         .example_reply = "+VALUE 4\n12.5",
         .since = "0.1",
         .handler = handlers::increment_score}),
    row({.name = "ZREM",
         .group = "sorted sets",
         .arguments = kKeyAndMembers,
         .keys = kFirstIsKey,
         .key_flags = "RW delete",
         .flags = kWrite | kFast,
         .summary = "Remove members; answers how many were there",
         .details = "A set without members is not a key: the last one that goes takes it along.",
         .example = "ZADD scores 10 ann 20 bob 30 cid\nZREM scores ann dan",
         .example_reply = ":1",
         .since = "0.1",
         .handler = handlers::remove_from_sorted_set}),
    row({.name = "ZSCORE",
         .group = "sorted sets",
         .arguments = kScoreArguments,
         .keys = kFirstIsKey,
         .flags = kRead | kFast | kOwnOptions,
         .summary = "A member's score; NIL if it is missing",
         .example = "ZADD scores 10 ann 20 bob 30 cid\nZSCORE scores bob",
         .example_reply = "+VALUE 2\n20",
         .since = "0.1",
         .handler = handlers::score_of_member}),
    row({.name = "ZMSCORE",
         .group = "sorted sets",
         .arguments = kKeyAndMembers,
         .keys = kFirstIsKey,
         .flags = kRead | kFast,
         .summary = "The scores of several members",
         .example = "ZADD scores 10 ann 20 bob 30 cid\nZMSCORE scores bob dan",
         .example_reply = "+ARRAY 2\n+VALUE 2\n20\n+NIL",
         .since = "0.1",
         .handler = handlers::scores_of_members}),
    row({.name = "ZCARD",
         .group = "sorted sets",
         .arguments = kSizeArguments,
         .keys = kFirstIsKey,
         .key_flags = "RO",
         .flags = kRead | kFast | kOwnOptions,
         .summary = "How many members a set has",
         .example = "ZADD scores 10 ann 20 bob 30 cid\nZCARD scores",
         .example_reply = ":3",
         .since = "0.1",
         .handler = handlers::size_of_sorted_set}),
    row({.name = "ZCOUNT",
         .group = "sorted sets",
         .arguments = kKeyMinMax,
         .keys = kFirstIsKey,
         .flags = kRead | kFast,
         .summary = "How many members have a score in a range: 10, (10 without it, -inf, +inf",
         .example = "ZADD scores 10 ann 20 bob 30 cid\nZCOUNT scores (10 +inf",
         .example_reply = ":2",
         .since = "0.1",
         .handler = handlers::count_by_score}),
    row({.name = "ZLEXCOUNT",
         .group = "sorted sets",
         .arguments = kKeyMinMax,
         .keys = kFirstIsKey,
         .flags = kRead | kFast,
         .summary = "How many have a name in a range, all scores being the same: [b, (b, -, +",
         .example = "ZADD names 0 a 0 b 0 c\nZLEXCOUNT names [b +",
         .example_reply = ":2",
         .since = "0.1",
         .handler = handlers::count_by_name}),
    row({.name = "ZRANK",
         .group = "sorted sets",
         .arguments = kRankArguments,
         .keys = kFirstIsKey,
         .flags = kRead | kFast | kOwnOptions,
         .summary =
             "How many members are before a member, from the lowest score; NIL if it is missing",
         .example = "ZADD scores 10 ann 20 bob 30 cid\nZRANK scores bob",
         .example_reply = ":1",
         .since = "0.1",
         .handler = handlers::rank_of_member}),
    row({.name = "ZREVRANK",
         .group = "sorted sets",
         .arguments = kRankArguments,
         .keys = kFirstIsKey,
         .flags = kRead | kFast | kOwnOptions,
         .summary = "The same from the highest score",
         .example = "ZADD scores 10 ann 20 bob 30 cid\nZREVRANK scores cid",
         .example_reply = ":0",
         .since = "0.1",
         .handler = handlers::reverse_rank_of_member}),
    row({.name = "ZRANDMEMBER",
         .group = "sorted sets",
         .arguments = kRandomArguments,
         .keys = kFirstIsKey,
         .flags = kRead | kOpenEnded,
         .summary = "Some member, or several different ones; of a negative count any, as often as "
                    "it comes",
         .example = "ZADD scores 10 ann\nZRANDMEMBER scores",
         .example_reply = "+VALUE 3\nann",
         .since = "0.1",
         .handler = handlers::random_members}),
    row({.name = "ZSCAN",
         .group = "sorted sets",
         .arguments = kZScanArguments,
         .keys = kFirstIsKey,
         .flags = kRead | kOpenEnded,
         .summary = "Members in steps: begin with 0, go on with the cursor answered, until it is 0",
         .details =
             "A step lists 10 members, or COUNT; a small set is listed in one. Members that are\n"
             "there all the time are listed, whatever is changed meanwhile.",
         .example = "ZADD scores 10 ann 20 bob 30 cid\nZSCAN scores 0 MATCH b*",
         .example_reply = "+ARRAY 2\n+VALUE 1\n0\n+ARRAY 2\n+VALUE 3\nbob\n+VALUE 2\n20",
         .since = "0.1",
         .handler = handlers::scan_sorted_set}),
    row({.name = "ZPOPMIN",
         .group = "sorted sets",
         .arguments = kPopArguments,
         .keys = kFirstIsKey,
         .key_flags = "RW access delete",
         .flags = kWrite | kFast | kOpenEnded,
         .summary = "Remove the members with the lowest scores; answers them and their scores",
         .example = "ZADD scores 10 ann 20 bob 30 cid\nZPOPMIN scores",
         .example_reply = "+ARRAY 2\n+VALUE 3\nann\n+VALUE 2\n10",
         .since = "0.1",
         .handler = handlers::pop_lowest}),
    row({.name = "ZPOPMAX",
         .group = "sorted sets",
         .arguments = kPopArguments,
         .keys = kFirstIsKey,
         .key_flags = "RW access delete",
         .flags = kWrite | kFast | kOpenEnded,
         .summary = "Remove the members with the highest scores; answers them and their scores",
         .example = "ZADD scores 10 ann 20 bob 30 cid\nZPOPMAX scores 2",
         .example_reply = "+ARRAY 4\n+VALUE 3\ncid\n+VALUE 2\n30\n+VALUE 3\nbob\n+VALUE 2\n20",
         .since = "0.1",
         .handler = handlers::pop_highest}),
    row({.name = "BZPOPMIN",
         .group = "sorted sets",
         .arguments = kWaitToPopArguments,
         .keys = kAllButLast,
         .key_flags = "RW access delete",
         .flags = kWrite | kFast | kNoScript | kBlocking,
         .summary = "ZPOPMIN of the first set there is, waiting for one up to so many seconds, 0: "
                    "for ever",
         .details =
             "Answers the key, the member and its score, or NIL when the time is up. Those who\n"
             "wait for a set are served in the order in which they came. Between MULTI and EXEC,\n"
             "and BEGIN and COMMIT, it does not wait.",
         .example = "ZADD scores 10 ann 20 bob 30 cid\nBZPOPMIN none scores 1",
         .example_reply = "+ARRAY 3\n+VALUE 6\nscores\n+VALUE 3\nann\n+VALUE 2\n10",
         .since = "0.1",
         .handler = handlers::pop_lowest_or_wait}),
    row({.name = "BZPOPMAX",
         .group = "sorted sets",
         .arguments = kWaitToPopArguments,
         .keys = kAllButLast,
         .key_flags = "RW access delete",
         .flags = kWrite | kFast | kNoScript | kBlocking,
         .summary = "ZPOPMAX of the first set there is, waiting for one up to so many seconds, 0: "
                    "for ever",
         .example = "ZADD scores 10 ann 20 bob 30 cid\nBZPOPMAX none scores 1",
         .example_reply = "+ARRAY 3\n+VALUE 6\nscores\n+VALUE 3\ncid\n+VALUE 2\n30",
         .since = "0.1",
         .handler = handlers::pop_highest_or_wait}),
    row({.name = "ZMPOP",
         .group = "sorted sets",
         .arguments = kPopFromManyArguments,
         .keys = {.count_at = 1},
         .key_flags = "RW access delete",
         .flags = kWrite | kOpenEnded,
         .summary =
             "Remove members of the first of several sets that there is; answers its key and them",
         .example = "ZADD scores 10 ann 20 bob 30 cid\nZMPOP 2 none scores MIN",
         .example_reply =
             "+ARRAY 2\n+VALUE 6\nscores\n+ARRAY 1\n+ARRAY 2\n+VALUE 3\nann\n+VALUE 2\n10",
         .since = "0.1",
         .handler = handlers::pop_from_many}),
    row({.name = "BZMPOP",
         .group = "sorted sets",
         .arguments = kWaitToPopFromManyArguments,
         .keys = {.count_at = 2},
         .key_flags = "RW access delete",
         .flags = kWrite | kNoScript | kBlocking | kOpenEnded,
         .summary = "ZMPOP that waits up to so many seconds, 0: for ever",
         .example = "ZADD scores 10 ann 20 bob 30 cid\nBZMPOP 1 2 none scores MAX COUNT 2",
         .example_reply = "+ARRAY 2\n+VALUE 6\nscores\n+ARRAY 2\n+ARRAY 2\n+VALUE 3\ncid\n+VALUE "
                          "2\n30\n+ARRAY 2\n+VALUE 3\nbob\n+VALUE 2\n20",
         .since = "0.1",
         .handler = handlers::pop_from_many_or_wait}),
};

}  // namespace rows
}  // namespace kvstore::command
