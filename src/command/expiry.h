// Expiries as commands take them: EX, PX, EXAT, PXAT with a number, or a number alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "src/command/call.h"

namespace kvstore::command {

// What a number of a time counts, and from when.
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

// Milliseconds since 1970, of `count`, 1 or more, or of the number that follows the option at
// args[at]. A moment that has passed is one. `example`: what to type, of an
// option up to it.
Checked<std::uint64_t> take_expiry(const Call& call, std::string_view count, ExpiryUnit unit,
                                   std::string_view example);
Checked<std::uint64_t> take_expiry_option(const Call& call, std::size_t at,
                                          const ExpiryOption& option, std::string_view example);

// Of a number that may be negative, or 0: a moment before 1970 is 1.
Checked<std::uint64_t> take_any_expiry(const Call& call, std::string_view count, ExpiryUnit unit);

}  // namespace kvstore::command
