// The value of a CHECKPOINT record: what is known of the log up to a point, so that an open
// reads the log from there on. Layout: docs/FORMAT.md, "CHECKPOINT".
//
// All of it is derived. A checkpoint that does not check out counts as none.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/log/position.h"
#include "src/log/validity.h"

namespace kvstore::log {

// A segment of a run: the body of one EXTENT.
struct SegmentPlace {
  std::uint64_t extent = 0;  // offset of the EXTENT record
  std::uint64_t body = 0;    // where its body begins
  std::uint64_t size = 0;    // of the body
  std::uint64_t keys = 0;
  std::string first_key;  // its own keys are not below it, those of the segments before are
};

// A run of the index: of each key that has a record in [begin, end) of the log, the newest
// one there.
struct RunPlace {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  std::uint64_t last_seq = 0;          // no record there has a higher one
  std::vector<SegmentPlace> segments;  // in the order of their keys
};

// A sequence number and a time, as the store's clock notes them.
struct ClockMark {
  std::uint64_t seq = 0;
  std::uint64_t time = 0;
  bool operator==(const ClockMark&) const = default;
};

// A CLEAR of the log: what was written before it is gone.
struct ClearMark {
  std::uint64_t offset = 0;  // 0: none
  std::uint64_t seq = 0;
  std::uint64_t time = 0;
  bool operator==(const ClearMark&) const = default;
};

struct ExpiryCount {
  std::uint64_t expires_ms = 0;
  std::uint64_t keys = 0;
  bool operator==(const ExpiryCount&) const = default;
};

// What the store's clock knows at a point of the log.
struct ClockState {
  std::uint64_t record_time = 0;  // of the last record; 0: there is none
  std::uint64_t live_keys = 0;
  bool counts_are_exact = true;  // live_keys and expiries
  // Expiries are counted by buckets of so many milliseconds (expiry_counts.h), 1: each by itself.
  std::uint64_t expiry_grain_ms = 1;
  std::uint64_t taken_until_ms = 0;
  std::vector<ClockMark> peaks, runs;
  std::vector<ExpiryCount> expiries;
};

struct Checkpoint {
  std::string header;           // a copy of the file's first sector
  std::uint64_t previous = 0;   // the checkpoint before it, 0 for none
  std::uint64_t hash_seed = 0;  // of keys, in the runs' directories
  Position covered;             // what the runs know of the log ends here
  std::uint64_t floor_seq = 0;
  std::vector<EpochStart> epochs;  // all, oldest first
  ClockState clock;
  // The newest CLEARs up to covered.end, oldest first; those before are found by their prev.
  std::vector<ClearMark> clears;
  static constexpr std::size_t kMostClears = 1024;
  std::vector<RunPlace> runs;  // newest first; together they cover the log up to covered.end
  // Offsets of EXTENT records that nothing needs any more, whose bodies are to be given back.
  std::vector<std::uint64_t> dead;
};

// Whether there can be as many live keys, and as many that expire, as the clock says. What comes of
// numbers that cannot be is not known; those that can be are wrong as well in a file of a stranger.
bool counts_are_possible(const Checkpoint& checkpoint);

std::string encode_checkpoint(const Checkpoint& checkpoint);
// nullopt: these bytes are none, or of a layout that is not known, or make no sense: ranges
// that overlap or lie outside [kHeaderPageSize, at), keys that do not rise or are too long, a
// segment that is named twice, a run without keys of a stretch with some, an epoch that has not
// begun. `at` is the record's offset.
std::optional<Checkpoint> decode_checkpoint(std::string_view value, std::uint64_t at);

}  // namespace kvstore::log
