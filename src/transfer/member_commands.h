// The bytes of a sorted set (src/sorted_set/changes.h) as commands: ZADD key score member ... and
// ZREM key member ..., in the order of the changes.
//
// Pure; not thread-safe.
#pragma once

#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "src/transfer/change.h"
#include "src/transfer/member_pieces.h"

namespace kvstore::transfer {

class MemberCommands {
 public:
  using Words = std::span<const std::string_view>;
  // Calls `put` for each command. The commands of a kSet begin with a DEL, and end with a PEXPIREAT
  // if
  // the key expires.
  void write(const Change& change, const std::function<void(Words)>& put);

 private:
  MemberPieces pieces_;
};

}  // namespace kvstore::transfer
