// Makes the checks of a segment of the index right, whatever its fields say.
#pragma once

#include <cstdint>

#include "src/log/identity.h"

namespace kvstore::fuzz {

// A check of FFFFFFFF stays as it is: a bad one. `body`: `size` bytes, the file's byte `at`.
void seal_segment(std::uint8_t* body, std::uint64_t at, std::uint64_t size,
                  const log::Binding& binding);

}  // namespace kvstore::fuzz
