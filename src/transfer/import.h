// A file of one of the formats into a store.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "src/base/status.h"
#include "src/store/store.h"
#include "src/transfer/applier.h"
#include "src/transfer/format.h"
#include "src/transfer/reader.h"
#include "src/transfer/source.h"

namespace kvstore::transfer {

struct ImportOptions {
  std::optional<Format> format = {};  // none: as each input begins
  OnConflict on_conflict = OnConflict::kFail;
  // Imports everything into a scratch store in $TMPDIR, and writes nothing to the other one.
  bool dry_run = false;
  std::uint64_t database = 0;  // of Redis' numbered ones
  std::function<void(std::uint64_t changes, std::uint64_t bytes)> on_progress = {};
};

struct ImportReport {
  ApplyCounts counts;
  Skipped skipped;                    // Redis' commands that were not carried out
  std::vector<std::string> left_out;  // a few of the keys that they left out: `HSET "key"`
  std::uint64_t bytes = 0;            // read
  // Why it ended before the end, and where: "dump.csv:12". Everything before that place was
  // imported, and nothing of what stands there.
  std::optional<Error> error;
  std::string place;
};

// In the order of the input, to its end or the first error. What was imported is on the disk
// when it returns, unless the error says that it could not be put there. `store` may be null
// for a dry run into a file that is not there. Memory is that of the longest line or value, and of
// the keys that are left out.
ImportReport import_from(std::vector<Source>& sources, Store* store, const ImportOptions& options);

// "imported 3 keys (1 replaced), 2 appends; skipped ..." in one line.
std::string to_string(const ImportReport& report, bool dry_run);

}  // namespace kvstore::transfer
