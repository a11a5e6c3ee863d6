// Figures for monitoring: those that stats() leaves out, as they are many or not for nothing.
#pragma once

#include <cstdint>
#include <optional>

#include "src/base/buckets.h"

namespace kvstore {

struct StoreFigures {
  BucketCounts sync_us;      // how long syncs took, since the open
  BucketCounts sync_writes;  // how many versions each made durable
  // What the live keys would take in a file that was compacted: an estimate from a sample of them,
  // up to a minute old. nullopt: not known.
  std::optional<std::uint64_t> live_bytes;
  std::optional<std::uint64_t> free_bytes;  // of the disk, for this user; nullopt: not known
};

}  // namespace kvstore
