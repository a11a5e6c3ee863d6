#include "src/command/secrets.h"

#include "src/command/words.h"

namespace kvstore::command {
namespace {

// The first secret of one command, without those of a nested command.
std::size_t first_secret_of(Args args) {
  if (args.size() < 2) return 0;
  if (same_word(args[0], "AUTH")) return args.size() == 2 ? 1 : 2;
  if (same_word(args[0], "ACL") && same_word(args[1], "SETUSER")) return 2;
  if (same_word(args[0], "CONFIG") && same_word(args[1], "SET")) return 3;
  if (!same_word(args[0], "HELLO")) return 0;
  for (std::size_t i = 1; i < args.size(); ++i) {
    if (same_word(args[i], "AUTH")) return i + 2;
  }
  return 0;
}

// Number of words before a nested command; 0: there is none.
std::size_t words_before_command(Args args) {
  if (args.size() > 3 && same_word(args[0], "ACL") && same_word(args[1], "DRYRUN")) return 3;
  if (args.size() > 2 && same_word(args[0], "COMMAND") &&
      (same_word(args[1], "GETKEYS") || same_word(args[1], "GETKEYSANDFLAGS"))) {
    return 2;
  }
  return 0;
}

// The first word from which on all may be secrets; 0: none. Too deep a nesting counts as a secret.
std::size_t first_secret(Args args) {
  constexpr std::size_t kDeepest = 12;
  std::size_t outside = 0;
  while (const std::size_t before = words_before_command(args)) {
    outside += before;
    if (outside >= kDeepest) return outside;
    args = args.subspan(before);
  }
  const std::size_t inside = first_secret_of(args);
  return inside == 0 ? 0 : outside + inside;
}

}  // namespace

bool is_secret(Args args, std::size_t index) {
  const std::size_t first = first_secret(args);
  return first != 0 && index >= first;
}

bool holds_secret(Args args) { return !args.empty() && is_secret(args, args.size() - 1); }

}  // namespace kvstore::command
