// Bits nobody can guess, from the machine: ids, seeds of hashes, names of files.
#pragma once

#include <cstdint>

namespace kvstore {

// From any thread. Throws std::system_error if the machine has no source of them.
std::uint64_t random_bits();

}  // namespace kvstore
