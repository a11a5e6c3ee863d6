#include "repl/empty_reply.h"

#include <algorithm>
#include <vector>

#include <fmt/core.h>

#include "repl/quote.h"
#include "src/command/numbers.h"

namespace kvstore::repl {
namespace {

constexpr std::size_t kMostVersions = 100'000;

// Such as "note: what, to type next", with arguments in the form of the text grammar.
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
  if (name == "UNDO") return "note: 0, as the key is missing again";
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

LimitedList limited_list(command::Args argv) {
  const command::Command* const command = command::find_command(argv[0]);
  if (command == nullptr || command::original(*command).name != "HISTORY") return {};
  if (argv.size() != 2 && argv.size() != 4) return {};
  // As in the handler, which refuses other numbers.
  const std::size_t limit = argv.size() == 2 ? 100 : command::parse_unsigned(argv[3]).value_or(0);
  if (limit == 0 || limit > kMostVersions) return {};
  std::string line = "HISTORY ";
  append_word(argv[1], &line);
  const std::string next = limit < kMostVersions ? fmt::format("\n  try: {} LIMIT {}", line,
                                                               std::min(10 * limit, kMostVersions))
                                                 : "";
  return {limit, fmt::format("note: {} versions; older ones may be there{}", limit, next)};
}

bool ends_at_limit(const LimitedList& list, const command::Reply& reply) {
  if (list.limit == 0 || reply.items.size() < list.limit) return false;
  const std::vector<command::Reply>& fields = reply.items.back().items;
  return fields.size() < 3 || fields[2].text != "cut";
}

}  // namespace kvstore::repl
