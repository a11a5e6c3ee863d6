#include "src/command/arguments.h"

#include "src/base/clock.h"
#include "src/command/at.h"
#include "src/command/errors.h"
#include "src/command/words.h"

namespace kvstore::command {

std::optional<Reply> take_at(Args args, std::size_t from, At* at) {
  if (args.size() == from) return {};
  const Command& command = *find_command(args[0]);
  if (same_word(args[from], "AT") && args.size() == from + 1) {
    return needs_value("AT", "a seq or a time", usage(command));
  }
  if (!same_word(args[from], "AT") || args.size() != from + 2) return wrong_arity(command, args);
  auto parsed = parse_at(args[from + 1], now_us());
  if (!parsed) return Reply::failure(std::move(parsed.error()));
  *at = *parsed;
  return {};
}

}  // namespace kvstore::command
