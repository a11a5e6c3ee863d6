// The options and the status of a compaction.
//
// A compaction rewrites a store's file without what is no longer needed: first the live keys as of
// a seq F, in key order, each value in pieces of up to 1 MiB (the base); then what was written
// after F, record by record. F follows from the amount of history to keep. Seqs, times and expiries
// do not change. Then the new file replaces the old one.
//
// Writes, reads, snapshots and other processes continue meanwhile. A crash leaves the old file or
// the new one, and perhaps an unfinished file, which the next compaction removes.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "src/base/status.h"

namespace kvstore {

// The history to keep: the writes of the last `time_us`, or the last `writes` writes. If neither is
// set, only the present state is kept. Older versions can no longer be read AT or listed.
struct KeepHistory {
  std::optional<std::uint64_t> time_us;
  std::optional<std::uint64_t> writes;
  bool all = false;  // keeps everything, so nothing can be compacted

  static KeepHistory none() { return {}; }
  static KeepHistory day() { return {std::uint64_t{86'400'000'000}, std::nullopt, false}; }
  // Accepts "none", "all", a number of writes, or a time such as "90s", "30m", "12h", "7d".
  static Result<KeepHistory> parse(std::string_view text);
  std::string to_string() const;
};

// Whether the values in the base are compressed. Only a compaction compresses: later writes stay
// uncompressed until the next one.
struct Compression {
  int level = 0;  // zstd level, 1 to 22; 0: no compression

  static constexpr int kMostLevel = 22, kUsualLevel = 3;
  // Accepts "none", "zstd", "zstd:19".
  static Result<Compression> parse(std::string_view text);
  std::string to_string() const;
  bool is_on() const { return level != 0; }
};

struct CompactionOptions {
  KeepHistory keep = KeepHistory::day();
  // Default: as in the file, either compressed (at the usual level, as the file does not record its
  // level) or raw.
  std::optional<Compression> compress = {};
  std::uint64_t rate = 0;  // limit for bytes written per second; 0: no limit
  // The least garbage in the file, in per cent. With less, nothing is done (kSkipped).
  unsigned least_garbage = 0;

  Compression codec(bool file_is_compressed) const {
    return compress.value_or(Compression{file_is_compressed ? Compression::kUsualLevel : 0});
  }
};

struct CompactionStatus {
  enum class Phase : std::uint8_t { kIdle, kMeasuring, kWriting, kCatchingUp };
  Phase phase = Phase::kIdle;
  // The compaction that is under way, or the last one.
  std::uint64_t floor_seq = 0;   // history up to this seq is dropped
  std::uint64_t keys = 0;        // keys in the finished base
  std::uint64_t keys_done = 0;   // keys written so far
  std::uint64_t old_size = 0;    // size of the old file, in bytes
  std::uint64_t needed = 0;      // bytes that the new file will take, as far as known
  std::uint64_t written = 0;     // bytes of it written so far
  std::uint64_t raw = 0;         // bytes of the values in the base, uncompressed
  std::uint64_t stored = 0;      // their size in the file
  std::uint64_t elapsed_us = 0;  // duration of the last compaction
  std::uint64_t ended_us = 0;    // when it ended, in microseconds since 1970; 0: none has ended
  std::uint64_t new_size = 0;    // size of the file that the last compaction made, in bytes
  std::optional<Error> failure;  // why the last compaction failed
  std::uint64_t done = 0;        // compactions since the store was opened
  // The present file.
  bool file_is_compressed = false;
  // Bytes of the values in its base, and their size in the file; 0: the base was made before the
  // open.
  std::uint64_t base_raw = 0, base_stored = 0;
};

// A copy of the error; if there is no memory for it, one with a short message that needs none.
Error copy_of(const Error& error) noexcept;

std::string_view phase_name(CompactionStatus::Phase phase);

}  // namespace kvstore
