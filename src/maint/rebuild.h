// Writes a damaged file's good records into a new one, and marks in place what the audit found
// lost.
//
// Every record keeps its seq and time, and batches are kept; chains and skip blocks are rebuilt.
// Marks (HOLE, GAP) get the lowest seq that a record lost in their range may have had: one that the
// seqs left free; or that of a batch that continues there, unless it has a version of the key
// already; or else that of the next record, whose batch they join. A base is kept, with marks in it
// for its losses. Derived records (extents, checkpoints) are left out. Compressed values stay
// compressed if they are intact.
#pragma once

#include <vector>

#include "src/log/checkpoint.h"
#include "src/log/file_builder.h"
#include "src/maint/audit.h"

namespace kvstore::maint {

// `report` must be the result of audit() for the same source and way. Does not close `to`. Returns
// the peaks of the clock (src/store/clock.h) if the new file's records do not tell all of them.
Result<std::vector<log::ClockMark>> rebuild(const Source& source, Way way, const Report& report,
                                            log::FileBuilder* to, const Progress& progress = {});

}  // namespace kvstore::maint
