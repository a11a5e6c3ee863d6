// Options that say a moment of a store's past: --at, --from, --until.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "src/base/status.h"
#include "src/store/store.h"

namespace kvstore::cli {

// A seq or a time, as after AT; an empty text is now. Error: kUsage, which names the option and
// shows what it takes.
Result<At> parse_moment(std::string_view option, const std::string& text, std::uint64_t now_us);

}  // namespace kvstore::cli
