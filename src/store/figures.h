// Figures for monitoring that stats() leaves out, because they are many or costly.
#pragma once

#include <cstdint>
#include <optional>

#include "src/base/buckets.h"

namespace kvstore {

struct StoreFigures {
  BucketCounts sync_us;      // durations of syncs since the open
  BucketCounts sync_writes;  // versions that each sync made durable
  // Estimated bytes that the live keys would need in a compacted file, from a sample; at most a
  // minute old. nullopt: not known.
  std::optional<std::uint64_t> live_bytes;
  std::optional<std::uint64_t> free_bytes;  // free disk space for this user; nullopt: not known
};

}  // namespace kvstore
