// Failing system calls. This program's own open(), write(), fdatasync() and so
// on stand before those of the C library; while armed they are counted, and the
// n-th one fails, once or from then on.
//
// Thread rule: arm() and disarm() while nothing else runs.
#pragma once

#include <cstdint>
#include <string>

namespace kvstore::test {

struct Fault {
  std::uint64_t call = 0;   // the n-th from now, from 1; 0: none, only counts
  bool for_ever = false;    // and all after it
  int error = 0;            // errno; 0: it transfers less than it was asked to
};

void arm(const Fault& fault);
void disarm();
std::uint64_t calls();             // since arm()
const std::string& failed_call();  // "fdatasync"; empty if none failed

}  // namespace kvstore::test
