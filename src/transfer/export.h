// A store, or what it was, as a file of one of the formats.
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
  std::string prefix = {};  // keys that begin with it
  At at = {};               // the moment; default: now
  bool history = false;     // every version up to then, deletions, too
  // Called now and then with what has been written so far.
  std::function<void(std::uint64_t changes, std::uint64_t bytes)> on_progress = {};
};

struct ExportReport {
  std::uint64_t changes = 0;  // keys, or versions of a history
  std::uint64_t bytes = 0;    // written
};

// Keys in their order, all of one moment, whatever is written meanwhile; of a history the
// versions in the order of the log. Memory is that of one value. What was written when it
// answers an error stays written. kCorrupt, kPurged, kSkipped (cancelled), and what the sink
// answers; kTooBig: csv has no way to write a value above kMaxValueSize.
Result<ExportReport> export_to(const Snapshot& snapshot, const ExportOptions& options, Sink& sink);

}  // namespace kvstore::transfer
