// What commands change, in the words of change.h: those of the text language and those that
// Redis writes into its append-only file, as far as they are about strings and sorted sets.
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
  kNoEffect,  // on strings of this database, whatever it does elsewhere
  kNo,        // not carried out; what it may have done to a string is kUnknown in *changes
};

// Appends to *changes, whose bytes are those of argv, or in *made. kSyntax, kNumber: it is a known
// command that is not written as one.
Result<Known> changes_of(command::Args argv, std::uint64_t now_ms, std::vector<Change>* changes,
                         std::string* made);

}  // namespace kvstore::transfer
