// The counts that a checkpoint carries, against the log.
#pragma once

#include "src/log/checkpoint.h"
#include "src/log/view.h"
#include "src/maint/run_audit.h"

namespace kvstore::maint {

// Live keys and expiries. The runs must have been found to agree with the log: of what does not
// expire only they are asked. Throws std::bad_alloc.
void check_counts(const log::Checkpoint& checkpoint, const log::View& view, FaultList* faults);

}  // namespace kvstore::maint
