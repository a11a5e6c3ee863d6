// Imports a file in one of the formats into a store.
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
  std::optional<Format> format = {};  // none: detected from each input's beginning
  OnConflict on_conflict = OnConflict::kFail;
  // Imports everything into a temporary store in $TMPDIR, and does not write to the given one.
  bool dry_run = false;
  std::uint64_t database = 0;  // the number of the Redis database to import
  std::function<void(std::uint64_t changes, std::uint64_t bytes)> on_progress = {};
};

struct ImportReport {
  ApplyCounts counts;
  Skipped skipped;                    // Redis' commands that were not carried out
  std::vector<std::string> left_out;  // examples of keys that they left out: `HSET "key"`
  std::uint64_t bytes = 0;            // read
  // Why the import ended early, and where: "dump.csv:12". Everything before that place was
  // imported,
  // and nothing at or after it.
  std::optional<Error> error;
  std::string place;
};

// Imports in the order of the input, up to its end or the first error. What was imported is on the
// disk on return, unless the error says that it could not be written. `store` may be null for a dry
// run into a file that does not exist. Takes memory for the longest line or value, and for the keys
// that are left out.
ImportReport import_from(std::vector<Source>& sources, Store* store, const ImportOptions& options);

// "imported 3 keys (1 replaced), 2 appends; skipped ..." in one line.
std::string to_string(const ImportReport& report, bool dry_run);

}  // namespace kvstore::transfer
