// Checks that the index in a file agrees with the log.
//
// The newest slot's CHECKPOINT must be valid. Its copies of other data (header, epochs) must agree,
// and its covered position must be the end of a record, with the seq, key hash and epoch of the log
// there. Every segment must be valid. Each run is compared with its part of the log: for each key
// with a record there it must have the newest one, with the right flags, and no other keys. Finally
// the counts of live keys and of expiries are compared.
//
// If the log itself is damaged, the index may have more keys than the log: that is no fault of the
// index.
//
// EXTENTs that the checkpoint does not name are only counted: they were dropped, or never finished.
//
// Takes one more pass over the log's heads, and one look-up for each key. Memory: 9 to 19 bytes for
// each key of the largest run.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "src/maint/index_report.h"
#include "src/maint/source.h"

namespace kvstore::maint {

// `extents`: all EXTENTs of the log. `progress` is called with the offset reached, as in audit().
// Throws std::bad_alloc.
IndexReport audit_index(const Source& source, const std::vector<ExtentBody>& extents,
                        const std::function<void(std::uint64_t offset)>& progress = {});

}  // namespace kvstore::maint
