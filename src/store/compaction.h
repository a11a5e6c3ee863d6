// What a compaction is asked for, and what it is at.
//
// A compaction writes a store's file anew without what is no longer needed: first the live keys as
// of a seq F, in the order of the keys, each value in pieces of up to 1 MiB (the base), then what
// was written after F, record by record. F is chosen by how much history is to be kept. Seqs,
// times and expiries stay. Then the new file takes the place of the old one.
//
// Writes, reads, snapshots and other processes go on meanwhile. A crash leaves the old file or
// the new one, and perhaps an unfinished one that the next compaction removes.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "src/base/status.h"

namespace kvstore {

// How much of the past is kept: what was written in the last `time_us`, or by the last `writes`
// writes; neither: nothing but the present. What is older can no longer be read AT, or listed.
struct KeepHistory {
  std::optional<std::uint64_t> time_us;
  std::optional<std::uint64_t> writes;
  bool all = false;  // then nothing can be compacted

  static KeepHistory none() { return {}; }
  static KeepHistory day() { return {std::uint64_t{86'400'000'000}, std::nullopt, false}; }
  // "none", "all", a number of writes, or a time as "90s", "30m", "12h", "7d".
  static Result<KeepHistory> parse(std::string_view text);
  std::string to_string() const;
};

// Whether the values in the base are compressed. Only a compaction compresses: what is written
// later is not, until the next one.
struct Compression {
  int level = 0;  // zstd's, 1 to 22; 0: none

  static constexpr int kMostLevel = 22, kUsualLevel = 3;
  // "none", "zstd", "zstd:19".
  static Result<Compression> parse(std::string_view text);
  std::string to_string() const;
  bool is_on() const { return level != 0; }
};

struct CompactionOptions {
  KeepHistory keep = KeepHistory::day();
  // Nothing said: as the file has them, compressed at the usual level (which level it was the file
  // does not know), or raw.
  std::optional<Compression> compress = {};
  std::uint64_t rate = 0;  // bytes written a second, at most; 0: as fast as it goes
  // Per cent of the file that must not be needed any more; with less nothing is done (kSkipped).
  unsigned least_garbage = 0;

  Compression codec(bool file_is_compressed) const {
    return compress.value_or(Compression{file_is_compressed ? Compression::kUsualLevel : 0});
  }
};

struct CompactionStatus {
  enum class Phase : std::uint8_t { kIdle, kMeasuring, kWriting, kCatchingUp };
  Phase phase = Phase::kIdle;
  // Of the one that is under way, or of the last one.
  std::uint64_t floor_seq = 0;   // history up to here goes
  std::uint64_t keys = 0;        // that the base will have
  std::uint64_t keys_done = 0;   // that it has
  std::uint64_t old_size = 0;    // bytes of the file
  std::uint64_t needed = 0;      // bytes that the new one will take, as far as is known
  std::uint64_t written = 0;     // bytes of it
  std::uint64_t raw = 0;         // bytes of the values in the base
  std::uint64_t stored = 0;      // what they take there: fewer if they are compressed
  std::uint64_t elapsed_us = 0;  // of the last one
  std::uint64_t ended_us = 0;    // when it ended, since 1970; 0: none has
  std::uint64_t new_size = 0;    // bytes of the file that the last one made
  std::optional<Error> failure;  // why the last one came to nothing
  std::uint64_t done = 0;        // compactions since the open
  // Of the file as it is now.
  bool file_is_compressed = false;
  // Bytes of the values in its base, and what they take there; 0: it was made before the open.
  std::uint64_t base_raw = 0, base_stored = 0;
};

// The error; with short words, which need no memory, if there is none.
Error copy_of(const Error& error) noexcept;

std::string_view phase_name(CompactionStatus::Phase phase);

}  // namespace kvstore
