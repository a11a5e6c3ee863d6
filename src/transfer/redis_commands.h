// What commands change, in the words of change.h: those of the text language and those that
// Redis writes into its append-only file, as far as they are about strings and sorted sets. What
// has no words there, but is in our command table, is a kCommand.
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
  kNoEffect,  // on keys of this database, whatever it does elsewhere
  kNo,        // not carried out; the keys that it may have changed are kUnknown in *changes
};

struct CommandContext {
  std::uint64_t now_ms = 0;    // what relative expiries count from
  std::uint64_t database = 0;  // of Redis' numbered ones, the one whose keys are meant
};

// Appends to *changes, whose bytes are those of argv, or in *made. kSyntax, kNumber: it is a known
// command that is not written as one.
Result<Known> changes_of(command::Args argv, const CommandContext& context,
                         std::vector<Change>* changes, std::string* made);

// The same of a command that was executed in another database than that of the context: what it
// did to keys of that one is kUnknown.
Status changes_from_elsewhere(command::Args argv, const CommandContext& context,
                              std::vector<Change>* changes);

}  // namespace kvstore::transfer
