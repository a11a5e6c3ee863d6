// Failing allocations. This program's own operator new, and its mmap of memory, count while
// armed, and fail at the n-th.
//
// Thread rule: arm and disarm while nothing else runs. Threads that are Exempt
// (tests/faults/system_calls.h) neither fail nor count.
#pragma once

#include <cstdint>

namespace kvstore::test {

struct Shortage {
  std::uint64_t allocation = 0;  // the n-th from now, from 1; 0: none, only counts
  bool for_ever = false;         // and all after it
  bool all_threads = false;      // else only those of the thread that arms
};

void arm_shortage(const Shortage& shortage);
void disarm_shortage();
bool allocation_fails();        // counts one
std::uint64_t shortages();  // allocations that failed since

// Calls run(shortage) again and again, each time with the next allocation
// failing, until it makes fewer. run() arms it itself. Returns how many failed.
template <class Run>
std::uint64_t fail_each_allocation(Shortage shortage, const Run& run) {
  do {
    ++shortage.allocation;
    run(shortage);
  } while (shortages() > 0 && shortage.allocation < 20'000);
  return shortage.allocation - 1;
}

}  // namespace kvstore::test
