// The changes in a sorted set's value (src/sorted_set/changes.h) when a long value comes in pieces,
// one after the other: a change that is cut by a piece's end is given with the next piece.
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
  // Visits each change of a kSet, kAppend or kMembers that is complete by now. Names are valid
  // while the
  // given change is, and until the next call.
  void take(const Change& change, FunctionRef<void(const MemberChange&)> visit);

 private:
  std::string key_, rest_, joined_;
};

}  // namespace kvstore::transfer
