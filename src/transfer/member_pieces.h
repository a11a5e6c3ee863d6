// The changes that the value of a sorted set is made of (src/sorted_set/changes.h), where a long
// value comes in pieces, one after the other: one that a piece ends within waits for the next.
//
// Pure; not thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "src/base/function_ref.h"
#include "src/sorted_set/sorted_set.h"
#include "src/transfer/change.h"

namespace kvstore::transfer {

class MemberPieces {
 public:
  // Of a kSet, a kAppend or a kMembers: each change that is whole by now. Names hold as long as the
  // change does, and until the next call.
  void take(const Change& change, FunctionRef<void(const MemberChange&)> visit);

 private:
  std::string key_, rest_, joined_;
};

}  // namespace kvstore::transfer
