// The machine's clock, for a program that links this: set wrong, and set right again.
#pragma once

#include <cstdint>

namespace kvstore::testing {

// What CLOCK_REALTIME says beside the truth.
void shift_clock(std::int64_t seconds);

struct ShiftedClock {
  ShiftedClock() = default;
  ~ShiftedClock() { shift_clock(0); }
  ShiftedClock(const ShiftedClock&) = delete;
  ShiftedClock& operator=(const ShiftedClock&) = delete;
};

}  // namespace kvstore::testing
