// BEGIN, COMMIT, ROLLBACK: commands that are done together, or not at all.
#pragma once

#include "src/command/rows/common.h"

namespace kvstore::command {

namespace handlers {
Outcome begin(Call& call);
Outcome commit(Call& call);
Outcome rollback(Call& call);
}  // namespace handlers

namespace rows {

inline constexpr Argument kBeginArguments[] = {
    {.name = "readonly", .type = kToken, .token = "READONLY", .optional = true}};

inline constexpr Command kTransactions[] = {
    row({.name = "BEGIN",
         .group = "transactions",
         .arguments = kBeginArguments,
         .flags = kTransaction | kNoScript | kFast,
         .summary = "From here to COMMIT: read one moment, and write all together",
         .example = "BEGIN",
         .example_reply = "+OK",
         .since = "0.1",
         .handler = handlers::begin}),
    row({.name = "COMMIT",
         .group = "transactions",
         .flags = kWrite | kTransaction | kNoScript,
         .summary = "Write what came after BEGIN; CONFLICT if others changed what was read",
         .example = "BEGIN\nSET a 1\nCOMMIT",
         .example_reply = "+OK",
         .since = "0.1",
         .handler = handlers::commit}),
    row({.name = "ROLLBACK",
         .group = "transactions",
         .flags = kTransaction | kNoScript | kFast,
         .summary = "End the transaction, of which nothing is written",
         .example = "BEGIN\nSET a 1\nROLLBACK",
         .example_reply = "+OK",
         .since = "0.1",
         .handler = handlers::rollback}),
};

}  // namespace rows
}  // namespace kvstore::command
