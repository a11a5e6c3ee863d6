#include "src/cli/command_line.h"

#include <algorithm>

#include "repl/dot_commands.h"
#include "src/command/table.h"

namespace kvstore::cli {
namespace {

constexpr std::string_view kBlanks = " \t\n";

bool is_safe(char c) {
  const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return is_letter || (c >= '0' && c <= '9') ||
         std::string_view("-_./:@%+=,").find(c) != std::string_view::npos;
}

std::string shell_word(const std::string& word) {
  if (!word.empty() && std::all_of(word.begin(), word.end(), is_safe)) return word;
  std::string quoted = "'";
  for (const char c : word) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      quoted += c;
    }
  }
  return quoted + '\'';
}

}  // namespace

bool is_command_line(std::string_view word) {
  const std::size_t begin = std::min(word.find_first_not_of(kBlanks), word.size());
  const std::size_t end = word.find_first_of(kBlanks, begin);
  if (end == word.npos) return false;
  const std::string_view first = word.substr(begin, end - begin);
  return command::find_command(first) != nullptr || repl::find_dot_command(first) != nullptr;
}

std::string shell_words(const std::vector<std::string>& words) {
  std::string line;
  for (const std::string& word : words) line += ' ' + shell_word(word);
  return line;
}

}  // namespace kvstore::cli
