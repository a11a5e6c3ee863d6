// XXH3 of keys. hash_key with seed 0 is part of the file format (a record's `prev_key_hash`); the
// index uses its own seed, so that chosen keys cannot cause collisions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace kvstore {

std::uint64_t hash_key(std::string_view key, std::uint64_t seed = 0);

// For standard containers with keys chosen by users. The seed is the same for the whole process; a
// seed for each container would need a system call each.
class SeededHash {
 public:
  using is_transparent = void;
  SeededHash();
  std::size_t operator()(std::string_view key) const { return hash_key(key, seed_); }

 private:
  std::uint64_t seed_;
};

}  // namespace kvstore
