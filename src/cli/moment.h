// Options for a moment in a store's past: --at, --from, --until.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "src/base/status.h"
#include "src/store/store.h"

namespace kvstore::cli {

// Parses a seq or a time, as after AT; an empty text means now. kUsage, with the name and the
// syntax of the option.
Result<At> parse_moment(std::string_view option, const std::string& text, std::uint64_t now_us);

}  // namespace kvstore::cli
