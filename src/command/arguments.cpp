#include "src/command/arguments.h"

#include <cstdint>
#include <string>
#include <utility>

#include "src/base/clock.h"
#include "src/command/at.h"
#include "src/command/errors.h"
#include "src/command/words.h"
#include "src/store/at_check.h"

namespace kvstore::command {
namespace {

// A time in the future is no error: it means the newest version.
Checked<At> of_what_is_there(const Call& call, const At& at, std::string_view example) {
  if (at.seq) KV_TRY(check_version(call.store(), *at.seq, example));
  return at;
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
  return of_what_is_there(call, at, "AT a seq of HISTORY, or a time: AT -5m");
}

Checked<At> take_point(const Call& call, std::size_t from, std::string_view example) {
  auto at = parse_at(call.args[from], now_us());
  if (at) return of_what_is_there(call, *at, example);
  at.error().hint = example;
  return fail(std::move(at.error()));
}

}  // namespace kvstore::command
