#include "src/command/secrets.h"

#include "src/command/words.h"

namespace kvstore::command {
namespace {

// From which word on all may be secrets; 0: none.
std::size_t first_secret(Args args) {
  if (args.size() < 2) return 0;
  if (same_word(args[0], "AUTH")) return args.size() == 2 ? 1 : 2;
  if (same_word(args[0], "ACL") && same_word(args[1], "SETUSER")) return 3;
  if (same_word(args[0], "CONFIG") && same_word(args[1], "SET")) return 3;
  if (!same_word(args[0], "HELLO")) return 0;
  for (std::size_t i = 1; i < args.size(); ++i) {
    if (same_word(args[i], "AUTH")) return i + 2;
  }
  return 0;
}

}  // namespace

bool is_secret(Args args, std::size_t index) {
  const std::size_t first = first_secret(args);
  return first != 0 && index >= first;
}

bool holds_secret(Args args) { return !args.empty() && is_secret(args, args.size() - 1); }

}  // namespace kvstore::command
