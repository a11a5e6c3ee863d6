// Makes an intact file from a damaged one. The damaged file is never changed: it is kept under
// another name (repair) or in place (salvage).
#pragma once

#include <string>

#include "src/maint/audit.h"

namespace kvstore::maint {

struct Repaired {
  std::string path;     // the new file
  std::string kept_as;  // repair: path of the original
  std::uint64_t records = 0;
  std::uint64_t size = 0;
};

// Replaces source.path by a copy without damage: with the same db_id, a new file_id, owner and mode
// kept, symbolic links followed, durable before it gets the name. The original is renamed to
// PATH.damaged-TIME. `source` must be open for writing (its lock excludes writers until the copy
// has the name), and `report` must be the result of audit() for it, judged. After an error (kFull,
// kIo, kPermission, kMemory) everything is as before, or the error says where the files are. If the
// process is killed, the original or the copy has the name, and perhaps an unfinished file is left,
// which the next repair removes.
Result<Repaired> repair(file::FileSystem& files, const Source& source, const Report& report,
                        const Progress& progress = {});

// Writes the good records to `out`, which must not exist (kExists). `report` must be the result of
// audit(), carved. The source is only read.
Result<Repaired> salvage(file::FileSystem& files, const Source& source, const Report& report,
                         const std::string& out, const Progress& progress = {});

}  // namespace kvstore::maint
