// Lists the log record by record, as lines.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "src/base/status.h"
#include "src/maint/source.h"

namespace kvstore::maint {

struct RecordsOptions {
  std::optional<std::string> key;  // only records of this key, and damage between them
  std::uint64_t from = 0;          // offset; one before the first record means the first
  std::uint64_t limit = UINT64_MAX;
  bool json = false;  // one object for each line
};

// Calls `line` with one line (without its end) for each record and each bad range, in file order,
// until it returns false.
Status list_records(const Source& source, const RecordsOptions& options,
                    const std::function<bool(std::string)>& line);

}  // namespace kvstore::maint
