// Building the index of a file anew from its log.
//
//   1. the log is read and its end recovered, as an open for writing does it
//   2. its records become runs, so many at a time, behind its end; several are merged into one
//   3. what was written is synced, then a CHECKPOINT that names the run, then a slot that
//      names the CHECKPOINT
//   4. the file is closed cleanly
//
// Killed at any step, the file has the index that it had before, or none, or the new one: what
// the slot names counts. What was written for nothing is room that nobody names.
#pragma once

#include <cstdint>
#include <functional>

#include "src/base/status.h"
#include "src/maint/source.h"

namespace kvstore::maint {

struct Reindexed {
  std::uint64_t keys = 0, segments = 0, bytes = 0;
};

struct ReindexOptions {
  std::uint64_t records_at_once = std::uint64_t{1} << 21;  // about 100 MiB of memory
};

// `source` is open for writing, and found intact but for its index; its file is closed
// afterwards, whatever this answers. kDamaged: there is more damage than that. kVersion: its
// features may only be read. kFull, kIo, kMemory: the old index counts as before.
Result<Reindexed> reindex(Source* source,
                          const std::function<void(std::uint64_t offset)>& progress = {},
                          const ReindexOptions& options = {});

}  // namespace kvstore::maint
