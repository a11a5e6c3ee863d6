// The value of a CHECKPOINT record: the state of the log up to a point, so that an open reads the
// log only from there on. Layout: docs/FORMAT.md, "CHECKPOINT".
//
// All of it is derived data. An invalid checkpoint counts as none.
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
  std::uint64_t body = 0;    // offset of the body
  std::uint64_t size = 0;    // size of the body
  std::uint64_t keys = 0;
  std::string first_key;  // not above its keys, and above those of the segments before
};

// A run of the index: for each key with a record in [begin, end) of the log, the newest such
// record.
struct RunPlace {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  std::uint64_t last_seq = 0;          // no record there has a higher seq
  std::vector<SegmentPlace> segments;  // in key order
};

// A sequence number and a time, as used by the store's clock.
struct ClockMark {
  std::uint64_t seq = 0;
  std::uint64_t time = 0;
  bool operator==(const ClockMark&) const = default;
};

// A CLEAR of the log: it deletes everything before it.
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

// The state of the store's clock at a point of the log.
struct ClockState {
  std::uint64_t record_time = 0;  // of the last record; 0: there is none
  std::uint64_t live_keys = 0;
  bool counts_are_exact = true;  // live_keys and expiries
  // Expiries are counted in buckets of this many milliseconds (expiry_counts.h); 1: exactly.
  std::uint64_t expiry_grain_ms = 1;
  std::uint64_t taken_until_ms = 0;
  std::vector<ClockMark> peaks, runs;
  std::vector<ExpiryCount> expiries;
};

struct Checkpoint {
  std::string header;           // a copy of the file's first sector
  std::uint64_t previous = 0;   // the previous checkpoint, 0 for none
  std::uint64_t hash_seed = 0;  // seed of the key hashes in the runs' directories
  Position covered;             // end of the log that the runs cover
  std::uint64_t floor_seq = 0;
  std::vector<EpochStart> epochs;  // all, oldest first
  ClockState clock;
  // The newest CLEARs up to covered.end, oldest first; earlier ones are found through their prev.
  std::vector<ClearMark> clears;
  static constexpr std::size_t kMostClears = 1024;
  std::vector<RunPlace> runs;  // newest first; together they cover the log up to covered.end
  // Offsets of EXTENT records that nothing needs any more, whose bodies can be freed.
  std::vector<std::uint64_t> dead;
};

// Whether the numbers of live and of expiring keys are possible. Impossible numbers would have
// unknown effects; possible ones may still be wrong in an untrusted file.
bool counts_are_possible(const Checkpoint& checkpoint);

std::string encode_checkpoint(const Checkpoint& checkpoint);
// nullopt: the bytes are not a checkpoint, have an unknown layout, or are inconsistent: ranges that
// overlap or lie outside [kHeaderPageSize, at), keys that do not rise or are too long, a segment
// that is named twice, a run without keys for a range that has some, an epoch that has not begun.
// `at` is the record's offset.
std::optional<Checkpoint> decode_checkpoint(std::string_view value, std::uint64_t at);

}  // namespace kvstore::log
