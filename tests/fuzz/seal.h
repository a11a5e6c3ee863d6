// Makes the checksums of a file right, whatever its fields say.
#pragma once

#include <cstdint>
#include <string>

namespace kvstore::fuzz {

// Headers and slots; bits 0 to 3 of `keep`: sectors that stay as they are.
void seal_page(std::uint8_t keep, std::string* file);
// Records, and the segments in EXTENTs; `fix`: what else is put right (image.h).
void seal_log(std::uint8_t fix, std::string* file);

}  // namespace kvstore::fuzz
