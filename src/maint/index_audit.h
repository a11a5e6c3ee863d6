// Whether the index in a file says what the log says.
//
// The newest slot's CHECKPOINT must decode; what it copies from elsewhere (header, epochs) must
// agree, and its covered point must be where a record ends, with the seq, the key's hash and the
// epoch that the log has there. Every segment must check out. And each run is held against its
// stretch of the log: of each key with a record there it must have the newest one, with the right
// flags, and no other key. Last the counts: live keys and expiries.
//
// Where the log itself is damaged, the index may know a key better than the log does: that is
// no fault of it.
//
// EXTENTs that the checkpoint does not name are not looked at, only counted: they were dropped,
// or never finished.
//
// One more pass over the log's heads, and one look-up a key. Memory: 9 to 19 bytes for each key
// of the largest run.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "src/maint/index_report.h"
#include "src/maint/source.h"

namespace kvstore::maint {

// `extents`: all of the log. Called with the offset reached, as audit()'s. Throws std::bad_alloc.
IndexReport audit_index(const Source& source, const std::vector<ExtentBody>& extents,
                        const std::function<void(std::uint64_t offset)>& progress = {});

}  // namespace kvstore::maint
