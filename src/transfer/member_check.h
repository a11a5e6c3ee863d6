// Checks that the values of sorted sets in a file are valid (src/sorted_set/changes.h): a store
// accepts any bytes, and would find the damage only when the set is read.
//
// A long value comes in pieces, one after the other, and a piece may end within a member.
//
// Not thread-safe.
#pragma once

#include <optional>
#include <string>

#include "src/base/status.h"
#include "src/transfer/change.h"

namespace kvstore::transfer {

class MemberCheck {
 public:
  // Call it with each change, in their order. kSyntax: the value is not one of a sorted set, or the
  // change does not continue the open value.
  Status check(const Change& change);
  // kSyntax: a value is still open.
  Status finish() const;
  // The key whose newest value so far ends within a member.
  const std::optional<std::string>& open_key() const { return open_key_; }

 private:
  std::optional<std::string> open_key_;
  std::string rest_;  // of the member that is cut
};

}  // namespace kvstore::transfer
