// The size from which on a copied value is stored as a reference.
#pragma once

#include <atomic>
#include <cstdint>

namespace kvstore {

// In bytes; COPY, RENAME and UNDO write smaller values again. Tests with small values lower it
// while no store is open.
inline std::atomic<std::uint64_t> least_referred{4096};

}  // namespace kvstore
