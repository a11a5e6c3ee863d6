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
         .details =
             "READONLY only looks, and never conflicts. An open transaction may take 60 s\n"
             "(--transaction-time) and 64 MiB (--transaction-memory); past that it is rolled\n"
             "back and answers ABORTED. HELP transactions tells more.",
         .example = "BEGIN",
         .example_reply = "+OK",
         .since = "0.1",
         .handler = handlers::begin}),
    row({.name = "COMMIT",
         .group = "transactions",
         .flags = kWrite | kTransaction | kNoScript,
         .summary = "Write what came after BEGIN; CONFLICT if others changed what was read",
         .details = "CONFLICT has written nothing: BEGIN, and do it again.",
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
