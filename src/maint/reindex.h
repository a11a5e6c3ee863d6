// Rebuilds the index of a file from its log.
//
//   1. the log is read and its end recovered, as in an open for writing
//   2. its records become runs, a limited number at a time, after its end; several runs are
//      merged into one
//   3. this is synced, then a CHECKPOINT that names the run, then a slot that names the
//      CHECKPOINT
//   4. the file is closed cleanly
//
// If it is killed at any step, the file has the former index, or none, or the new one, as its slot
// tells. Unfinished parts are space that nothing names.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "src/base/status.h"
#include "src/log/checkpoint.h"
#include "src/maint/source.h"

namespace kvstore::maint {

struct Reindexed {
  std::uint64_t keys = 0, segments = 0, bytes = 0;
};

struct ReindexOptions {
  std::uint64_t records_at_once = std::uint64_t{1} << 21;  // about 100 MiB of memory
  std::vector<log::ClockMark> peaks = {};  // of the clock, that the file does not tell
};

// `source` must be open for writing, and found intact except for its index; its file is closed
// properly afterwards, and stays locked until `source` is destroyed, or there is an error.
// kDamaged: there is further damage. kVersion: the file's features only allow reading. kFull, kIo,
// kMemory: the old index remains in force.
Result<Reindexed> reindex(Source* source,
                          const std::function<void(std::uint64_t offset)>& progress = {},
                          const ReindexOptions& options = {});

}  // namespace kvstore::maint
