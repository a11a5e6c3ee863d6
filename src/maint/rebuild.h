// Writing a damaged file's good records into a new one, with what the audit
// found to be lost marked in its place.
//
// Every record keeps its seq and time, batches stay batches, chains and skip
// blocks are built anew. Marks (HOLE, GAP) take the lowest seq that a record
// lost in their range may have had: one that the seqs left free; that of a batch
// which goes on there, unless it has a version of the key already; else that of the record after,
// whose batch they join. A base stays one; what it has lost is marked in it.
// Derived records (extents, checkpoints) are left out. What is compressed stays so, if it is whole.
#pragma once

#include "src/log/file_builder.h"
#include "src/maint/audit.h"

namespace kvstore::maint {

// `report` must be audit()'s of the same source and way. Does not close `to`.
Status rebuild(const Source& source, Way way, const Report& report, log::FileBuilder* to,
               const Progress& progress = {});

}  // namespace kvstore::maint
