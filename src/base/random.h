// Bits nobody can guess, from the machine: ids, seeds of hashes, names of files.
#pragma once

#include <cstdint>

namespace kvstore {

// From any thread, without memory or descriptors; waits until the machine, early in
// its boot, has gathered some. Needs Linux 3.17 (getrandom(2)).
std::uint64_t random_bits();

}  // namespace kvstore
