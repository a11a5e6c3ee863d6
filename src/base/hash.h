// XXH3 of keys. hash_key with seed 0 is part of the file format (a record's
// `neighbour`); the index uses a seed of its own, so that chosen keys cannot
// make it slow.
#pragma once

#include <cstdint>
#include <string_view>

namespace kvstore {

std::uint64_t hash_key(std::string_view key, std::uint64_t seed = 0);

}  // namespace kvstore
