// FOLLOW, UNFOLLOW: changes as they are written.
#pragma once

#include "src/command/rows/common.h"

namespace kvstore::command {

namespace handlers {
Outcome follow(Call& call);
Outcome unfollow(Call& call);
}  // namespace handlers

namespace rows {

inline constexpr Argument kFollowPlace[] = {{.name = "offset", .type = kInteger},
                                            {.name = "new", .type = kToken, .token = "NEW"}};
inline constexpr Argument kFollowKey[] = {
    kKeyArgument,
    {.name = "place", .type = kOneOf, .token = "FROM", .optional = true, .parts = kFollowPlace},
};
inline constexpr Argument kFollowPrefix[] = {
    {.name = "prefix", .token = "PREFIX"},
    {.name = "seq", .type = kInteger, .token = "FROM", .optional = true},
};
inline constexpr Argument kFollowChoices[] = {
    {.name = "value", .type = kBlock, .parts = kFollowKey},
    {.name = "changes", .type = kBlock, .parts = kFollowPrefix},
};
inline constexpr Argument kFollowArguments[] = {
    {.name = "what", .type = kOneOf, .parts = kFollowChoices}};

inline constexpr Command kFollow[] = {
    row({.name = "FOLLOW",
         .group = "following",
         .arguments = kFollowArguments,
         .keys = kFirstIsKey,
         .flags = kRead | kNoScript | kNoMulti,
         .summary =
             "Send a value as it grows, or every change of the keys that begin with a prefix",
         .details =
             "The first reply says where it begins: an offset, or a seq. Then come replies that\n"
             "nobody asks for, until UNFOLLOW. In the shell it is `tail -f`: Ctrl-C stops it.\n"
             "Of Redis' clients use RESP3 (redis-cli -3): in RESP2 they take what comes for the\n"
             "answers to other commands.\n"
             "FOLLOW key begins at 0, FROM -n with the last n bytes, FROM NEW with what comes "
             "next.\n"
             "Each reply is some more bytes. ANEW: the value was set again, REMOVED: it was "
             "deleted\n"
             "or has expired; what comes then begins at 0 again. A key that is missing is waited\n"
             "for. What was appended and set over before it was sent is not sent.\n"
             "FOLLOW PREFIX p begins with the next change, FROM seq with that one. Each reply is "
             "a\n"
             "change: its seq; set, append, expire, delete, zset, hole, gap, or clear, of all\n"
             "keys whatever the prefix, as FLUSHALL makes it; the key, then NIL; when it\n"
             "expires (milliseconds since 1970, NIL: never); the value, or what was appended to\n"
             "it, else NIL. Changes that were made together have one seq: after a disconnect go\n"
             "on FROM the last seq that came, whose changes come again. PURGED: a compaction has\n"
             "left no history from there on; it says from where on there is one.\n"
             "What is sent shows, and may not be on the disk yet. A client may be as slow as it\n"
             "likes: nothing is kept for it. In RESP3 they are pushed (`follow`, then the key and\n"
             "the offset before bytes), and other commands can be sent meanwhile.",
         .example = "SET log hello\nFOLLOW log FROM NEW",
         .example_reply = ":5",
         .since = "0.1",
         .handler = handlers::follow}),
    row({.name = "UNFOLLOW",
         .group = "following",
         .flags = kNoScript | kFast | kNoMulti,
         .summary = "End what FOLLOW has begun: its answer comes after the last of that",
         .example = "UNFOLLOW",
         .example_reply = "+OK",
         .since = "0.1",
         .handler = handlers::unfollow}),
};

}  // namespace rows
}  // namespace kvstore::command
