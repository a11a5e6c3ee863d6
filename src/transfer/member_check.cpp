#include "src/transfer/member_check.h"

#include <utility>

#include <fmt/format.h>

#include "src/base/quote.h"
#include "src/sorted_set/changes.h"

namespace kvstore::transfer {
namespace {

using Kind = Change::Kind;
using sorted_set::Parsed;

tl::unexpected<Error> wrong(std::string_view key, std::string_view what) {
  std::string shown;
  append_quoted(key, &shown, 64);
  return fail(Code::kSyntax, fmt::format("the value of {} is not a sorted set: {}", shown, what),
              "kvstore export writes them as they are to be; kv and resp have them as ZADD");
}

}  // namespace

Status MemberCheck::check(const Change& change) {
  const bool goes_on =
      open_key_ && change.has_members() && change.kind == Kind::kAppend && change.key == *open_key_;
  if (open_key_ && !goes_on) return finish();
  if (!change.has_members()) return {};
  if (change.value.empty() && change.kind == Kind::kSet) return wrong(change.key, "it is empty");
  std::string joined = std::exchange(rest_, {});
  if (goes_on) joined += change.value;
  std::string_view bytes = goes_on ? joined : change.value;
  Parsed parsed = Parsed::kOne;
  for (MemberChange one; parsed == Parsed::kOne;) parsed = sorted_set::parse_change(&bytes, &one);
  if (parsed == Parsed::kWrong) return wrong(change.key, "a member or a score of it is none");
  open_key_.reset();
  if (bytes.empty()) return {};
  open_key_ = std::string(change.key);
  rest_ = bytes;
  return {};
}

Status MemberCheck::finish() const {
  if (!open_key_) return {};
  return wrong(*open_key_, "it ends within a member");
}

}  // namespace kvstore::transfer
