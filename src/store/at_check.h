// A version that is asked for, and is not among those that can be read.
#pragma once

#include <cstdint>
#include <string_view>

#include "src/base/status.h"
#include "src/store/store.h"

namespace kvstore {

// Of a version above the newest, which reads would answer as the newest, so that who mistyped it
// would not learn of it. kNumber, with the hint: it is yet to come. kCorrupt: the log's end is
// missing, so it may have been there.
Status check_version(Store& store, std::uint64_t seq, std::string_view hint);

}  // namespace kvstore
