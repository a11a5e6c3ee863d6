// The size up to which Redis stores a sorted set as a listpack: CONFIG zset-max-listpack-entries
// and zset-max-listpack-value. Here they only affect the replies of OBJECT ENCODING and ZSCAN.
//
// Thread rule: any thread.
#pragma once

#include <atomic>
#include <cstdint>

namespace kvstore::command {

struct ListpackLimits {
  std::atomic<std::int64_t> members{128};
  std::atomic<std::int64_t> name_size{64};  // longest member, in bytes
};

}  // namespace kvstore::command
