// Checks the version number of a read AT an older version.
#pragma once

#include <cstdint>
#include <string_view>

#include "src/base/status.h"
#include "src/store/store.h"

namespace kvstore {

// Not ok if `seq` is above the newest version. A read there would answer as the newest version
// does, and hide a mistyped number. kNumber, with `hint`: the version is not written yet. kCorrupt:
// the end of the log is missing, so the version may have existed.
Status check_version(Store& store, std::uint64_t seq, std::string_view hint);

}  // namespace kvstore
