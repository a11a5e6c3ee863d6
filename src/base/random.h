// Unpredictable bits from the system, for ids, seeds of hashes, and file names.
#pragma once

#include <cstdint>

namespace kvstore {

// Any thread; needs neither memory nor descriptors; blocks early in the boot until the system has
// gathered entropy. Needs Linux 3.17 (getrandom(2)).
std::uint64_t random_bits();

}  // namespace kvstore
