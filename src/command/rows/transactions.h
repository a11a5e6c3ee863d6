// BEGIN, COMMIT, ROLLBACK, and Redis' MULTI, EXEC, DISCARD, WATCH, UNWATCH: commands executed
// together or not at all.
#pragma once

#include "src/command/rows/common.h"

namespace kvstore::command {

namespace handlers {
Outcome begin(Call& call);
Outcome commit(Call& call);
Outcome rollback(Call& call);
Outcome multi(Call& call);
Outcome exec(Call& call);
Outcome discard(Call& call);
Outcome watch(Call& call);
Outcome unwatch(Call& call);
}  // namespace handlers

namespace rows {

inline constexpr Argument kBeginArguments[] = {
    {.name = "readonly", .type = kToken, .token = "READONLY", .optional = true}};

inline constexpr Command kTransactions[] = {
    row({.name = "BEGIN",
         .group = "transactions",
         .arguments = kBeginArguments,
         .flags = kTransaction | kNoScript | kFast | kNoMulti,
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
         .flags = kWrite | kTransaction | kNoScript | kNoMulti,
         .summary = "Write what came after BEGIN; CONFLICT if others changed what was read",
         .details = "CONFLICT has written nothing: BEGIN, and do it again.",
         .example = "BEGIN\nSET a 1\nCOMMIT",
         .example_reply = "+OK",
         .since = "0.1",
         .handler = handlers::commit}),
    row({.name = "ROLLBACK",
         .group = "transactions",
         .flags = kTransaction | kNoScript | kFast | kNoMulti,
         .summary = "End the transaction, of which nothing is written",
         .example = "BEGIN\nSET a 1\nROLLBACK",
         .example_reply = "+OK",
         .since = "0.1",
         .handler = handlers::rollback}),
    row({.name = "MULTI",
         .group = "transactions",
         .flags = kTransaction | kNoScript | kFast,
         .summary = "Queue the commands that follow; EXEC executes them together",
         .details =
             "As in Redis: a command that fails when EXEC executes it undoes nothing. What was\n"
             "refused when it was queued lets EXEC execute nothing. BEGIN and COMMIT execute each\n"
             "command at once, and answer CONFLICT where WATCH and EXEC answer NIL.",
         .example = "MULTI\nINCR a\nINCR a\nEXEC",
         .example_reply = "+ARRAY 2\n:1\n:2",
         .since = "0.1",
         .handler = handlers::multi}),
    row({.name = "EXEC",
         .group = "transactions",
         .flags = kWrite | kTransaction | kNoScript,
         .summary = "Execute what was queued since MULTI; NIL if a watched key has changed",
         .example = "MULTI\nSET a 1\nEXEC",
         .example_reply = "+ARRAY 1\n+OK",
         .since = "0.1",
         .handler = handlers::exec}),
    row({.name = "DISCARD",
         .group = "transactions",
         .flags = kTransaction | kNoScript | kFast,
         .summary = "Forget what was queued since MULTI, and what is watched",
         .example = "MULTI\nSET a 1\nDISCARD",
         .example_reply = "+OK",
         .since = "0.1",
         .handler = handlers::discard}),
    row({.name = "WATCH",
         .group = "transactions",
         .arguments = kManyKeys,
         .keys = kAllAreKeys,
         .key_flags = "RO",
         .flags = kRead | kTransaction | kNoScript | kFast,
         .summary = "Let the next EXEC execute nothing if one of the keys changes before it",
         .example = "WATCH a\nMULTI\nSET a 1\nEXEC",
         .example_reply = "+ARRAY 1\n+OK",
         .since = "0.1",
         .handler = handlers::watch}),
    row({.name = "UNWATCH",
         .group = "transactions",
         .flags = kTransaction | kNoScript | kFast,
         .summary = "Watch no keys any more",
         .example = "WATCH a\nUNWATCH",
         .example_reply = "+OK",
         .since = "0.1",
         .handler = handlers::unwatch}),
};

}  // namespace rows
}  // namespace kvstore::command
