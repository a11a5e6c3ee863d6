#include "repl/empty_reply.h"

#include <fmt/core.h>

#include "repl/quote.h"

namespace kvstore::repl {
namespace {

// "note: what, to type next", with what was typed as the text grammar reads it.
std::string note(std::string_view what, std::string_view command, std::string_view first,
                 std::string_view second = {}) {
  std::string line(command);
  for (const std::string_view word : {first, second}) {
    if (word.empty()) continue;
    line += ' ';
    append_word(word, &line);
  }
  return fmt::format("note: {}\n  try: {}", what, line);
}

bool has_open_set(std::string_view pattern) {
  bool open = false;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '\\') {
      ++i;
    } else if (pattern[i] == (open ? ']' : '[')) {
      open = !open;
    }
  }
  return open;
}

}  // namespace

std::string why_empty(command::Args argv) {
  const command::Command* const command = command::find_command(argv[0]);
  if (command == nullptr || argv.size() < 2) return {};
  const std::string_view name = command::original(*command).name;
  const std::string_view word = argv[1];
  if (name == "RANGE" && argv.size() > 2 && !argv[2].empty() && argv[2] < word) {
    return note("the range ends before it begins; REV lists one backwards", "RANGE", argv[2], word);
  }
  if (name == "PREFIX" && word.ends_with('*')) {
    return note("PREFIX takes no pattern: * is a character of it", "PREFIX",
                word.substr(0, word.size() - 1));
  }
  if ((name == "KEYS" || name == "COUNT") && has_open_set(word)) {
    return note("[ begins a set of characters, which no ] ends; \\[ is a [ itself", name,
                std::string(word) + ']');
  }
  return {};
}

}  // namespace kvstore::repl
