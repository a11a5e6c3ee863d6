// FLUSHDISK, STATS: the store as a whole.
#pragma once

#include "src/command/rows/common.h"

namespace kvstore::command {

namespace handlers {
Outcome flush_disk(Call& call);
Outcome stats(Call& call);
}  // namespace handlers

namespace rows {

inline constexpr Argument kStatsArguments[] = {
    {.name = "section", .optional = true, .multiple = true}};

inline constexpr Command kStore[] = {
    row({.name = "FLUSHDISK",
         .group = "store",
         .flags = kAdmin | kNoScript,
         .summary = "Wait until everything written is on the disk",
         .example = "FLUSHDISK",
         .example_reply = "+OK",
         .since = "0.1",
         .handler = handlers::flush_disk}),
    row({.name = "STATS",
         .group = "store",
         .arguments = kStatsArguments,
         .flags = kRead | kAdmin,
         .summary = "The state of the store: size, keys, syncs, warnings, why writes are refused",
         .example = "STATS Activity",
         .example_reply = "+VALUE ...\n# Activity\nreads:...\nwrites:...\nsyncs:...\n",
         .since = "0.1",
         .handler = handlers::stats}),
};

}  // namespace rows
}  // namespace kvstore::command
