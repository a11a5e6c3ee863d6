// COMPACT: rewrites the file without what is no longer needed.
#pragma once

#include "src/command/rows/common.h"

namespace kvstore::command {

namespace handlers {
Outcome compact(Call& call);
Outcome compact_with(Call& call);
Outcome compact_start(Call& call);
Outcome compact_status(Call& call);
Outcome compact_stop(Call& call);
}  // namespace handlers

namespace rows {

inline constexpr Argument kKeep{.name = "history", .token = "KEEP", .optional = true};
inline constexpr Argument kCompress{.name = "codec", .token = "COMPRESS", .optional = true};
inline constexpr Argument kKeepArguments[] = {{.name = "history"}, kCompress};
inline constexpr Argument kCompressArguments[] = {{.name = "codec"}, kKeep};
inline constexpr Argument kStartArguments[] = {kKeep, kCompress};

inline constexpr Command kCompactSubcommands[] = {
    row({.name = "KEEP",
         .arguments = kKeepArguments,
         .flags = kAdmin | kNoScript | kNoMulti,
         .summary = "The same with another length of history: none, all, a number of writes, or a "
                    "time such as 90s, 30m, 12h, 7d",
         .since = "0.1",
         .handler = handlers::compact_with}),
    row({.name = "COMPRESS",
         .arguments = kCompressArguments,
         .flags = kAdmin | kNoScript | kNoMulti,
         .summary = "The same, and values are stored as this says: none, zstd, or zstd:LEVEL with "
                    "a level from 1 to 22; without it, as the file has them",
         .since = "0.1",
         .handler = handlers::compact_with}),
    row({.name = "START",
         .arguments = kStartArguments,
         .flags = kAdmin | kNoScript | kNoMulti,
         .summary = "The same in the background",
         .since = "0.1",
         .handler = handlers::compact_start}),
    row({.name = "STATUS",
         .flags = kRead | kAdmin,
         .summary = "How far the compaction is, or how the last one went",
         .since = "0.1",
         .handler = handlers::compact_status}),
    row({.name = "STOP",
         .flags = kAdmin,
         .summary = "End the one that is under way; nothing has changed then",
         .since = "0.1",
         .handler = handlers::compact_stop}),
};

inline constexpr Command kCompaction[] = {
    row({.name = "COMPACT",
         .group = "store",
         .subcommands = kCompactSubcommands,
         .flags = kAdmin | kNoScript | kNoMulti,
         .summary = "Rewrite the file without what is no longer needed, and wait for it; "
                    "reads and writes go on",
         .example = "COMPACT STATUS",
         .example_reply = "+VALUE ...\nphase:idle\nkeep_history:1d\n...",
         .since = "0.1",
         .handler = handlers::compact}),
};

}  // namespace rows
}  // namespace kvstore::command
