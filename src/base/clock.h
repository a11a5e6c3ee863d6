// Wall-clock time, in the units of the file format.
#pragma once

#include <cstdint>

namespace kvstore {

std::uint64_t now_us();                                    // microseconds since 1970, 0 before
inline std::uint64_t now_ms() { return now_us() / 1000; }  // milliseconds since 1970

// A machine's clock before 2000 or from 2200 on is certainly wrong.
inline constexpr std::uint64_t kEarliestBelieved = 946'684'800'000'000;
inline constexpr std::uint64_t kLatestBelieved = 7'258'118'400'000'000;
constexpr bool is_believable(std::uint64_t time_us) {
  return time_us >= kEarliestBelieved && time_us < kLatestBelieved;
}
// The present time, or 2000-01-01 if that is implausible.
std::uint64_t believed_now_us();

}  // namespace kvstore
