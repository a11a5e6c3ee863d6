// Up to which size Redis holds a sorted set in a listpack: CONFIG zset-max-listpack-entries and
// zset-max-listpack-value. Nothing here is held so; OBJECT ENCODING and ZSCAN answer as if it were.
//
// Thread rule: any thread.
#pragma once

#include <atomic>
#include <cstdint>

namespace kvstore::command {

struct ListpackLimits {
  std::atomic<std::int64_t> members{128};
  std::atomic<std::int64_t> name_size{64};  // of the longest member, bytes
};

}  // namespace kvstore::command
