#include "src/command/arguments.h"

#include <utility>

#include <fmt/core.h>

#include "src/base/clock.h"
#include "src/command/at.h"
#include "src/command/errors.h"
#include "src/command/words.h"
#include "src/store/snapshot.h"

namespace kvstore::command {
namespace {

// A version that is not there yet would read as the present, and later as something else.
Status check_is_there(const Call& call, const At& at) {
  if (!at.seq || *at.seq == 0) return {};
  KV_ASSIGN(const Snapshot now, call.store().snapshot());
  if (*at.seq <= now.seq()) return {};
  return fail(Code::kNumber,
              fmt::format("there is no version {} yet: the newest is {}", *at.seq, now.seq()),
              "a seq of HISTORY, or a time as 2026-03-01T14:30Z or -5m");
}

}  // namespace

Checked<At> take_at(const Call& call, std::size_t from) {
  const Args args = call.args;
  if (args.size() == from) return At();
  if (same_word(args[from], "AT") && args.size() == from + 1) {
    return fail(needs_value("AT", "a seq or a time", usage(call.row)));
  }
  if (!same_word(args[from], "AT") || args.size() != from + 2) {
    return fail(wrong_arity(call.row, args));
  }
  KV_ASSIGN(At at, parse_at(args[from + 1], now_us()));
  KV_TRY(check_is_there(call, at));
  return at;
}

Checked<At> take_point(const Call& call, std::size_t from, std::string_view example) {
  auto at = parse_at(call.args[from], now_us());
  if (at) {
    KV_TRY(check_is_there(call, *at));
    return *at;
  }
  at.error().hint = example;
  return fail(std::move(at.error()));
}

}  // namespace kvstore::command
