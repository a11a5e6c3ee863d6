// Exports a store, as it is or as it was at a moment, to a file in one of the formats.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "src/base/status.h"
#include "src/store/snapshot.h"
#include "src/store/store.h"
#include "src/transfer/format.h"
#include "src/transfer/sink.h"

namespace kvstore::transfer {

struct ExportOptions {
  Format format = Format::kKv;
  std::string prefix = {};  // only keys with this prefix
  At at = {};               // the moment that is exported; default: now
  bool history = false;     // every version up to that moment, including deletions
  // Called from time to time with what has been written so far.
  std::function<void(std::uint64_t changes, std::uint64_t bytes)> on_progress = {};
};

struct ExportReport {
  std::uint64_t changes = 0;  // keys, or versions of a history
  std::uint64_t bytes = 0;    // written
};

// Exports keys in their order, all as of one moment, whatever is written meanwhile; a history is
// exported in the order of the log. Takes memory for one value. With an error, what was written
// before it stays written. kCorrupt, kPurged, kSkipped (cancelled), and the sink's errors; kTooBig:
// csv cannot hold a value above kMaxValueSize.
Result<ExportReport> export_to(const Snapshot& snapshot, const ExportOptions& options, Sink& sink);

}  // namespace kvstore::transfer
