// STATS, SCRUB: the store as a whole.
#pragma once

#include "src/command/rows/common.h"

namespace kvstore::command {

namespace handlers {
Outcome stats(Call& call);
Outcome scrub(Call& call);
Outcome scrub_status(Call& call);
}  // namespace handlers

namespace rows {

inline constexpr Argument kStatsArguments[] = {
    {.name = "section", .optional = true, .multiple = true}};

inline constexpr Command kScrubSubcommands[] = {
    row({.name = "STATUS",
         .flags = kRead | kAdmin,
         .summary = "How far the pass is that is under way, and what the last one has found",
         .since = "0.1",
         .handler = handlers::scrub_status}),
    row({.name = "NOW",
         .flags = kRead | kAdmin,
         .summary = "The same as SCRUB alone",
         .since = "0.1",
         .handler = handlers::scrub}),
};

inline constexpr Command kStore[] = {
    row({.name = "STATS",
         .group = "store",
         .arguments = kStatsArguments,
         .flags = kRead | kAdmin,
         .summary = "The state of the store: size, keys, syncs, warnings, why writes are refused",
         .example = "STATS Activity",
         .example_reply = "+VALUE ...\n# Activity\nreads:...\nwrites:...\nsyncs:...\n",
         .since = "0.1",
         .handler = handlers::stats}),
    row({.name = "SCRUB",
         .group = "store",
         .subcommands = kScrubSubcommands,
         .flags = kRead | kAdmin,
         .summary = "Read the whole file, as fast as it goes, to find what is damaged",
         .details =
             "In a script and on the command line it answers when it is done, with an error if it\n"
             "found damage (exit code 6). In the shell and in a server it goes on in the "
             "background,\n"
             "and what it finds is a warning. --scrub-rate is for programs that run for long: how\n"
             "fast they scrub by themselves.",
         .example = "SCRUB\nSCRUB STATUS",
         .example_reply = "+VALUE ...\nrate:off\n...",
         .since = "0.1",
         .handler = handlers::scrub}),
};

}  // namespace rows
}  // namespace kvstore::command
