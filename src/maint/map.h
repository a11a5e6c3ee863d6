// Where the space of a file goes: each byte of it in one class, over the file's length, by groups
// of keys and by age; and what a compaction would make of it.
//
// One pass over the records, as verify makes it, so that a damaged file, and one that a writer has
// open, are mapped as well. A value that is superseded turns into history when the record that
// does so is met: its chain is gone back once, so that each record is touched twice at most.
//
// Memory: 9 to 19 bytes a key (newest_of_keys.h), kRegions counts for each class, kMostGroups
// groups of keys and kMostShown keys, whatever the file holds.
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
  kLive,     // of what keys are now
  kHistory,  // superseded versions, and deletions
  kExpired,  // of keys that have expired
  kDamaged,  // unreadable, or torn
  kIndex,    // the sealed index, checkpoints, the header page
  kFree,     // preallocated, or given back to the disk
};
inline constexpr std::size_t kSpaceClasses = 6;
inline constexpr std::array<const char*, kSpaceClasses> kSpaceNames{"live",    "history", "expired",
                                                                    "damaged", "index",   "free"};

using Space = std::array<std::uint64_t, kSpaceClasses>;  // bytes

inline constexpr std::size_t kRegions = 960;
inline constexpr std::size_t kMostGroups = 2048;
inline constexpr std::size_t kMostShown = 10;

// Keys up to and with the first of : / and . that they have, at most 64 bytes; those that have
// none are one group of an empty name.
struct KeyGroup {
  std::string name;
  std::uint64_t keys = 0;   // live ones
  std::uint64_t bytes = 0;  // of the log, all classes
  std::uint64_t live = 0;   // of live values as they are stored, and their keys
};

struct LargeKey {
  std::string key;           // its first 256 bytes
  std::uint64_t size = 0;    // of the value
  std::uint64_t stored = 0;  // what it takes in the file: less if it is compressed
  std::uint64_t time_us = 0;
};

// Live bytes, as they are stored, by when they were written: what is no older than so many
// microseconds.
inline constexpr std::array<std::uint64_t, 6> kAges{3'600'000'000,      86'400'000'000,
                                                    604'800'000'000,    2'592'000'000'000,
                                                    31'536'000'000'000, UINT64_MAX};
inline constexpr std::array<const char*, 6> kAgeNames{"an hour", "a day",  "a week",
                                                      "a month", "a year", "older"};

struct SpaceMap {
  std::string path;
  std::uint64_t file_size = 0;
  std::uint64_t disk_bytes = 0;  // what it takes on the disk
  bool beside_writer = false;
  std::uint64_t now_us = 0;
  Space total{};
  std::uint64_t region_size = 0;  // bytes; the last ones may be less, or nothing
  std::vector<Space> regions;     // kRegions
  std::uint64_t live_keys = 0, expired_keys = 0, deleted_keys = 0;
  std::uint64_t records = 0, damaged_places = 0;
  std::uint64_t first_us = 0, last_us = 0;  // times of records; 0: there is none
  std::uint64_t floor_seq = 0, floor_us = 0;
  std::uint64_t until_seq = 0;  // of an increment: it has the versions after floor_seq up to here
  bool is_increment = false;
  std::array<std::uint64_t, kAges.size()> live_by_age{};
  std::vector<KeyGroup> groups;     // the largest, by bytes
  bool groups_are_partial = false;  // there were too many: sizes may be too low
  std::vector<LargeKey> keys;       // the largest values
  bool is_compressed = false;       // values in the base may be
  // Of live values: their lengths, and what they take in the file.
  std::uint64_t value_bytes = 0, value_bytes_stored = 0;
  // What `kvstore compact` would make of it, about, with a day of history and with none. Of a
  // compressed file: if what was written since becomes smaller as what is in the base did.
  std::uint64_t compacted = 0, compacted_bare = 0;

  // Without what is preallocated: the new file will have as much of that.
  std::uint64_t used() const {
    std::uint64_t sum = 0;
    for (const std::uint64_t bytes : total) sum += bytes;
    return std::min(disk_bytes, sum - total[static_cast<std::size_t>(SpaceClass::kFree)]);
  }
  std::uint64_t freed() const { return used() - std::min(used(), compacted); }
  std::uint64_t freed_bare() const { return used() - std::min(used(), compacted_bare); }
  // A file of which little can be freed may be larger afterwards; by 1% or 1 MiB at least, else 0.
  std::uint64_t grown() const { return grown_to(compacted); }
  std::uint64_t grown_bare() const { return grown_to(compacted_bare); }
  std::uint64_t grown_to(std::uint64_t size) const {
    const std::uint64_t least = used() + std::max(used() / 100, std::uint64_t{1} << 20);
    return size > least ? size - used() : 0;
  }
};

// kVersion, kMemory; kSkipped: a CancelScope said so. `progress` is called with the offset reached.
Result<SpaceMap> map_space(const Source& source, std::uint64_t now_us,
                           const std::function<void(std::uint64_t)>& progress = {});

}  // namespace kvstore::maint
