// Wall-clock time, in the units the file uses.
#pragma once

#include <cstdint>

namespace kvstore {

std::uint64_t now_us();                                    // microseconds since 1970
inline std::uint64_t now_ms() { return now_us() / 1000; }  // milliseconds since 1970

}  // namespace kvstore
