// Making a whole file of a damaged one. The damaged one is never changed: it is
// kept under another name (repair) or where it is (salvage).
#pragma once

#include <string>

#include "src/maint/audit.h"

namespace kvstore::maint {

struct Repaired {
  std::string path;     // the new file
  std::string kept_as;  // repair: where the original is now
  std::uint64_t records = 0;
  std::uint64_t size = 0;
};

// Replaces source.path by a copy without damage: same db_id, new file_id, owner
// and mode kept, symbolic links followed, durable before it has the name. The
// original is renamed to PATH.damaged-TIME. `source` must be open for writing
// (its lock keeps writers away until the copy has the name), `report` audit()'s
// of it, judged. Errors (kFull, kIo, kPermission, kMemory) leave everything as it
// was; or they say what is where now. A process killed in the middle leaves the
// original or the copy under the name, and perhaps an unfinished file that the
// next repair removes.
Result<Repaired> repair(file::FileSystem& files, const Source& source, const Report& report,
                        const Progress& progress = {});

// Writes the good records into `out`, which must not exist (kExists). `report`:
// audit()'s, carved. The source is only read.
Result<Repaired> salvage(file::FileSystem& files, const Source& source, const Report& report,
                         const std::string& out, const Progress& progress = {});

}  // namespace kvstore::maint
