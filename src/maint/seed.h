// Reads records of a file whose header is lost.
//
// A record's header_crc has a seed made of the file's id and the record's offset, so without the id
// no record can be verified. But a CRC is affine in its seed: from one good record the seed, and so
// the CRC of the file's id, can be computed. The CRC of its body has no seed, and confirms the
// record. Two records that agree on the 32 bits prove them.
#pragma once

#include <cstdint>
#include <optional>

#include "src/log/identity.h"

namespace kvstore::maint {

// An id that binds records like the lost one (only its CRC matters). nullopt if no records are
// found. Searches the file until two records agree.
std::optional<log::Id> find_file_id(const std::uint8_t* data, std::uint64_t size);

}  // namespace kvstore::maint
