// Expiries as arguments of commands: EX, PX, EXAT, PXAT with a number, or a number alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "src/command/call.h"

namespace kvstore::command {

// The unit and the origin of a time.
struct ExpiryUnit {
  bool in_seconds = false;  // else milliseconds
  bool from_now = false;    // else from 1970
};

struct ExpiryOption {
  std::string_view name;
  ExpiryUnit unit;
};

// Null: the word is none of EX, PX, EXAT, PXAT.
const ExpiryOption* find_expiry_option(std::string_view word);

// Returns milliseconds since 1970, from `count`, which must be 1 or more, or from the number after
// the option at args[at]. A moment in the past is allowed. `example` is for the hint; for an
// option, the text before the option.
Checked<std::uint64_t> take_expiry(const Call& call, std::string_view count, ExpiryUnit unit,
                                   std::string_view example);
Checked<std::uint64_t> take_expiry_option(const Call& call, std::size_t at,
                                          const ExpiryOption& option, std::string_view example);

// The same for a number that may be 0 or negative: a moment before 1970 becomes 1.
Checked<std::uint64_t> take_any_expiry(const Call& call, std::string_view count, ExpiryUnit unit);

}  // namespace kvstore::command
