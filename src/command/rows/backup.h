// BACKUP: a copy of the database, or an increment.
#pragma once

#include "src/command/rows/common.h"

namespace kvstore::command {

namespace handlers {
Outcome backup(Call& call);
}  // namespace handlers

namespace rows {

inline constexpr Argument kBeginnings[] = {{.name = "seq", .type = kInteger}, {.name = "backup"}};

inline constexpr Argument kBackupArguments[] = {
    {.name = "path"},
    {.name = "since", .type = kOneOf, .token = "SINCE", .optional = true, .parts = kBeginnings}};

inline constexpr Command kBackup[] = {
    row({.name = "BACKUP",
         .group = "store",
         .arguments = kBackupArguments,
         .flags = kAdmin | kNoScript | kNoMulti,
         .summary = "Copy the database into a new file, verify that, and wait for it",
         .details =
             "As it is at one moment; reads and writes go on. The file is made on the machine\n"
             "that has the database open, a relative path from the directory of that program,\n"
             "and nothing is ever replaced. It is a database itself. With SINCE only what was\n"
             "written after a seq, or after what another backup ends with; kvstore restore puts\n"
             "that onto it. It is kept to --compact-rate.",
         .example = "SET price 10\nBACKUP monday.kvs",
         .example_reply = "+VALUE ...\npath:monday.kvs\nkind:whole\nseq:1\n...",
         .since = "0.1",
         .handler = handlers::backup}),
};

}  // namespace rows
}  // namespace kvstore::command
