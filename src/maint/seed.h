// Reading records whose file header is lost.
//
// A record's header_crc begins with a seed made of the file's id and the record's
// offset, so without the id nothing checks out. But a CRC is affine in its seed:
// from one good record the seed, and so the CRC of the file's id, is computed
// backwards. Its body's CRC has no seed; it vouches for the record. Two records
// that agree on the 32 bits prove them.
#pragma once

#include <cstdint>
#include <optional>

#include "src/log/identity.h"

namespace kvstore::maint {

// An id that binds records as the file's lost one does (only its CRC matters).
// nullopt if no records are found. Looks through the file until two agree.
std::optional<log::Id> find_file_id(const std::uint8_t* data, std::uint64_t size);

}  // namespace kvstore::maint
