// Translates commands into the changes of change.h: those of the text language, and those that
// Redis
// writes into its append-only file, as far as they concern strings and sorted sets. A command that
// has no change of its own but is in our command table becomes a kCommand.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/status.h"
#include "src/command/call.h"
#include "src/transfer/change.h"

namespace kvstore::transfer {

enum class Known : std::uint8_t {
  kYes,
  kNoEffect,  // does not change keys of this database, whatever it does elsewhere
  kNo,        // not carried out; the keys that it may have changed are kUnknown in *changes
};

struct CommandContext {
  std::uint64_t now_ms = 0;    // the time that relative expiries count from
  std::uint64_t database = 0;  // the number of the Redis database whose keys are read
};

// Appends to *changes; their bytes point into argv or *made. kSyntax, kNumber: the command is
// known,
// but its arguments are wrong.
Result<Known> changes_of(command::Args argv, const CommandContext& context,
                         std::vector<Change>* changes, std::string* made);

// The same for a command that was executed in another database than the context's: the keys that it
// changed in the context's database become kUnknown.
Status changes_from_elsewhere(command::Args argv, const CommandContext& context,
                              std::vector<Change>* changes);

}  // namespace kvstore::transfer
