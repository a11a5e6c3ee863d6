// What is read of a record that a repair has put in the place of lost bytes (HOLE, GAP). Nothing is
// wrong with the file there, so `verify` has no more to say of it.
#pragma once

#include <string_view>

namespace kvstore::log {

inline constexpr const char* kValueLost = "its value was lost to damage, and a repair has marked it";
inline constexpr const char* kLengthKept =
    "its value was lost to damage, and a repair has kept its length";
inline constexpr const char* kPartLost =
    "part of its value was lost to damage here, and a repair has kept its place: other parts can be "
    "read";

// Whether a message ends in one of these.
inline bool says_marked_lost(std::string_view message) {
  return message.ends_with(kValueLost) || message.ends_with(kLengthKept) ||
         message.ends_with(kPartLost);
}

}  // namespace kvstore::log
