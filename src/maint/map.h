// The use of a file's space: each byte is in one class, over the length of the file, by groups of
// keys and by age; and an estimate of a compaction's result.
//
// It takes one pass over the records, as verify does, so that damaged files, and files that are
// open for writing, are mapped as well. A superseded value becomes history when the record that
// supersedes it is found: then its chain is followed back once, so each record is read at most
// twice.
//
// Memory, whatever the file's size: 9 to 19 bytes a key (newest_of_keys.h), kRegions counts for
// each class, kMostGroups groups of keys, and kMostShown keys.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "src/base/status.h"
#include "src/maint/source.h"

namespace kvstore::maint {

enum class SpaceClass : std::uint8_t {
  kLive,     // present values and their keys
  kHistory,  // superseded versions, and deletions
  kExpired,  // keys that have expired
  kDamaged,  // unreadable, or torn
  kIndex,    // the sealed index, checkpoints, the header page
  kFree,     // preallocated, or returned to the disk
};
inline constexpr std::size_t kSpaceClasses = 6;
inline constexpr std::array<const char*, kSpaceClasses> kSpaceNames{"live",    "history", "expired",
                                                                    "damaged", "index",   "free"};

using Space = std::array<std::uint64_t, kSpaceClasses>;  // bytes

inline constexpr std::size_t kRegions = 960;
inline constexpr std::size_t kMostGroups = 2048;
inline constexpr std::size_t kMostShown = 10;

// Keys with a common prefix up to and including the first of : / and . in them, of at most 64
// bytes; those without one are one group with an empty name.
struct KeyGroup {
  std::string name;
  std::uint64_t keys = 0;   // live keys
  std::uint64_t bytes = 0;  // bytes of the log, in all classes
  std::uint64_t live = 0;   // stored bytes of live values, and their keys
};

struct LargeKey {
  std::string key;           // its first 256 bytes
  std::uint64_t size = 0;    // of the value
  std::uint64_t stored = 0;  // bytes in the file: less than `size` if it is compressed
  std::uint64_t time_us = 0;
};

// Upper bounds of age classes, in microseconds, for live bytes as stored.
inline constexpr std::array<std::uint64_t, 6> kAges{3'600'000'000,      86'400'000'000,
                                                    604'800'000'000,    2'592'000'000'000,
                                                    31'536'000'000'000, UINT64_MAX};
inline constexpr std::array<const char*, 6> kAgeNames{"an hour", "a day",  "a week",
                                                      "a month", "a year", "older"};

struct SpaceMap {
  std::string path;
  std::uint64_t file_size = 0;
  std::uint64_t disk_bytes = 0;  // disk space that it takes
  bool beside_writer = false;
  std::uint64_t now_us = 0;
  Space total{};
  std::uint64_t region_size = 0;  // bytes; the last regions may be smaller or empty
  std::vector<Space> regions;     // kRegions
  std::uint64_t live_keys = 0, expired_keys = 0, deleted_keys = 0;
  std::uint64_t records = 0, damaged_places = 0;
  std::uint64_t first_us = 0, last_us = 0;  // times of records; 0: none
  std::uint64_t floor_seq = 0, floor_us = 0;
  std::uint64_t until_seq = 0;  // increments: the versions after floor_seq up to this one
  bool is_increment = false;
  std::array<std::uint64_t, kAges.size()> live_by_age{};
  std::vector<KeyGroup> groups;     // the largest, by bytes
  bool groups_are_partial = false;  // there were too many groups: sizes may be too low
  std::vector<LargeKey> keys;       // the largest values
  bool is_compressed = false;       // the base may have compressed values
  // Live values: their total length, and their bytes in the file.
  std::uint64_t value_bytes = 0, value_bytes_stored = 0;
  // Estimated size after `kvstore compact`, with a day of history and with none. For a compressed
  // file it is assumed that later values compress as well as those in the base.
  std::uint64_t compacted = 0, compacted_bare = 0;

  // Without preallocated space, because the new file will preallocate as much.
  std::uint64_t used() const {
    std::uint64_t sum = 0;
    for (const std::uint64_t bytes : total) sum += bytes;
    return std::min(disk_bytes, sum - total[static_cast<std::size_t>(SpaceClass::kFree)]);
  }
  std::uint64_t freed() const { return used() - std::min(used(), compacted); }
  std::uint64_t freed_bare() const { return used() - std::min(used(), compacted_bare); }
  // A file with little garbage may grow by a compaction: the growth if it is at least 1% or 1 MiB,
  // else 0.
  std::uint64_t grown() const { return grown_to(compacted); }
  std::uint64_t grown_bare() const { return grown_to(compacted_bare); }
  std::uint64_t grown_to(std::uint64_t size) const {
    const std::uint64_t least = used() + std::max(used() / 100, std::uint64_t{1} << 20);
    return size > least ? size - used() : 0;
  }
};

// kVersion, kMemory. kSkipped: cancelled by a CancelScope. `progress` is called with the offset
// reached.
Result<SpaceMap> map_space(const Source& source, std::uint64_t now_us,
                           const std::function<void(std::uint64_t)>& progress = {});

}  // namespace kvstore::maint
