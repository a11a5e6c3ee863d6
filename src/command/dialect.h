#pragma once

#include <cstdint>

namespace kvstore::command {

// The format of replies. Shells and scripts use kText.
enum class Dialect : std::uint8_t { kText, kResp2, kResp3 };

}  // namespace kvstore::command
