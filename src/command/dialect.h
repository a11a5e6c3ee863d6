#pragma once

#include <cstdint>

namespace kvstore::command {

// How replies will be worded. Shells and scripts speak kText.
enum class Dialect : std::uint8_t { kText, kResp2, kResp3 };

}  // namespace kvstore::command
