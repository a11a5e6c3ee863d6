// From which size on a value that is copied is referred to, not written again.
#pragma once

#include <atomic>
#include <cstdint>

namespace kvstore {

// Bytes; COPY, RENAME and UNDO write smaller values again. Tests whose values are small lower it
// while no store is open.
inline std::atomic<std::uint64_t> least_referred{4096};

}  // namespace kvstore
