// Compares the counts in a checkpoint with the log.
#pragma once

#include "src/log/checkpoint.h"
#include "src/log/view.h"
#include "src/maint/run_audit.h"

namespace kvstore::maint {

// Checks the counts of live keys and expiries. The runs must have been found to agree with the log:
// for keys without an expiry only the runs are read. Throws std::bad_alloc.
void check_counts(const log::Checkpoint& checkpoint, const log::View& view, FaultList* faults);

}  // namespace kvstore::maint
