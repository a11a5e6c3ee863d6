#include "src/transfer/member_pieces.h"

#include <utility>

#include "src/sorted_set/changes.h"

namespace kvstore::transfer {

void MemberPieces::take(const Change& change, FunctionRef<void(const MemberChange&)> visit) {
  const bool goes_on = change.kind == Change::Kind::kAppend && change.key == key_;
  joined_ = std::exchange(rest_, {});
  std::string_view bytes = change.value;
  if (goes_on && !joined_.empty()) bytes = joined_ += change.value;
  for (MemberChange one; sorted_set::parse_change(&bytes, &one) == sorted_set::Parsed::kOne;) {
    visit(one);
  }
  key_ = change.key;
  rest_ = bytes;
}

}  // namespace kvstore::transfer
