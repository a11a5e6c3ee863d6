// HISTORY: what a key was before.
#pragma once

#include "src/command/rows/common.h"

namespace kvstore::command {

namespace handlers {
Outcome history(Call& call);
}  // namespace handlers

namespace rows {

inline constexpr Argument kHistoryArguments[] = {
    kKeyArgument, {.name = "n", .type = kInteger, .token = "LIMIT", .optional = true}};

inline constexpr Command kHistory[] = {
    row({.name = "HISTORY",
         .group = "history",
         .arguments = kHistoryArguments,
         .keys = kFirstIsKey,
         .flags = kRead,
         .summary = "A key's versions, newest first (100, or n up to 100000): seq, time, kind, size",
         .example = "SET price 10\nAPPEND price .50\nHISTORY price LIMIT 1",
         .example_reply = "+ARRAY 1\n+ARRAY 4\n:2\n+VALUE 27\n...Z\n+VALUE 6\nappend\n:5",
         .since = "0.1",
         .handler = handlers::history}),
};

}  // namespace rows
}  // namespace kvstore::command
