#include "src/command/arguments.h"

#include <utility>

#include "src/base/clock.h"
#include "src/command/at.h"
#include "src/command/errors.h"
#include "src/command/words.h"

namespace kvstore::command {

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
  return at;
}

Checked<At> take_point(const Call& call, std::size_t from, std::string_view example) {
  auto at = parse_at(call.args[from], now_us());
  if (at) return *at;
  at.error().hint = example;
  return fail(std::move(at.error()));
}

}  // namespace kvstore::command
