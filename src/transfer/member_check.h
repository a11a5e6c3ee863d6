// Whether the values of sorted sets in a file are what they are to be (src/sorted_set/changes.h): a
// store takes any bytes, and would find the damage when the set is read.
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
  // Of each change, in their order. kSyntax: its value is none; or it does not go on with a value
  // that is_open().
  Status check(const Change& change);
  // kSyntax: a value is open.
  Status finish() const;
  // The key whose newest value, up to now, ends within a member.
  const std::optional<std::string>& open_key() const { return open_key_; }

 private:
  std::optional<std::string> open_key_;
  std::string rest_;  // of that member
};

}  // namespace kvstore::transfer
