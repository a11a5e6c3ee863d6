// Parses points in a store's past, as written after AT.
#pragma once

#include <cstdint>
#include <string_view>

#include "src/base/status.h"
#include "src/store/store.h"

namespace kvstore::command {

// 1234                          the version of that seq
// 2026-03-01                    that day's beginning, local time
// 2026-03-01T14:30[:05[.25]]    local time, or with Z, +02:00, +0200 or +02
// @1772373600[.25]              seconds since 1970
// -30s -5m -3h -2d              that long before `now_us`
// A blank may stand for the T. Years are 1970 to 9999. Error: kNumber.
Result<At> parse_at(std::string_view text, std::uint64_t now_us);

}  // namespace kvstore::command
