#include "repl/dot_commands.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <vector>

#include <fmt/format.h>

#include "src/command/quote.h"
#include "src/command/text_words.h"

namespace kvstore::repl {
namespace {

constexpr std::array<DotCommand, 9> kCommands{{
    {".exit", "", "leave the shell (also Ctrl-D)", ""},
    {".help", "[command]", "this, or what a command does", ""},
    {".mode", "[plain|quoted|hex|json|csv]", "how values are shown", ""},
    {".open", "FILE", "go on with another database file", ".open data.bin"},
    {".output", "FILE|-", "write answers to a file; - is the terminal again",
     ".output answers.txt"},
    {".pager", "[on|off]", "long answers one screen at a time", ""},
    {".quit", "", "leave the shell", ""},
    {".read", "FILE", "run the commands of a file", ".read script.kv"},
    {".timing", "[on|off]", "say how long each command takes", ""},
}};

std::string_view trim(std::string_view text) {
  const std::size_t begin = std::min(text.find_first_not_of(" \t\r\n"), text.size());
  text.remove_prefix(begin);
  const std::size_t end = text.find_last_not_of(" \t\r\n");
  return end == text.npos ? std::string_view() : text.substr(0, end + 1);
}

Error too_many_words(std::string_view name) {
  return {Code::kArity, fmt::format("{} takes one argument; one with blanks needs quotes", name),
          fmt::format("{} \"two words\"", name)};
}

// "~/x" and "~" mean the home directory, as in a system shell; without $HOME they
// stay as they are. 'Single quotes' are verbatim.
std::string with_home(std::string word) {
  const char* home = std::getenv("HOME");
  if (home == nullptr || *home == '\0') return word;
  return word == "~" || word.starts_with("~/") ? home + word.substr(1) : word;
}

// One word after the text grammar's rules, so that quotes and escapes are the same.
Result<std::string> parse_argument(std::string_view name, std::string_view rest) {
  if (rest.empty()) return std::string();
  const bool verbatim = rest.front() == '\'';
  std::string line(rest);
  std::vector<command::Word> words;
  if (auto wrong = command::split_words(line.data(), line.size(), &words)) {
    return fail(std::move(wrong->error));
  }
  if (words.size() != 1) return fail(too_many_words(name));
  std::string word = line.substr(words[0].offset, words[0].size);
  return verbatim ? word : with_home(std::move(word));
}

}  // namespace

std::span<const DotCommand> dot_commands() { return kCommands; }

bool is_dot_line(std::string_view line) { return trim(line).starts_with('.'); }

Result<DotLine> parse_dot_line(std::string_view line) {
  line = trim(line);
  const std::size_t end = std::min(line.find_first_of(" \t"), line.size());
  const std::string_view name = line.substr(0, end);
  const auto found = std::find_if(kCommands.begin(), kCommands.end(),
                                  [&](const DotCommand& known) { return known.name == name; });
  if (found == kCommands.end()) {
    return fail(Code::kUnknown, fmt::format("no shell command {}", command::quote(name)), ".help");
  }
  KV_ASSIGN(std::string argument, parse_argument(found->name, trim(line.substr(end))));
  if (found->arguments.empty() && !argument.empty()) {
    return fail(Code::kArity, fmt::format("{} takes no argument", found->name),
                std::string(found->name));
  }
  if (!found->example.empty() && argument.empty()) {
    return fail(Code::kArity,
                fmt::format("{} takes an argument: {}", found->name, found->arguments),
                std::string(found->example));
  }
  return DotLine{found->name, std::move(argument)};
}

std::string dot_help() {
  std::string out =
      "Type a command, for instance SET greeting \"hello world\", then GET greeting.\n"
      "HELP lists all commands, HELP SET explains one. Tab completes, Ctrl-R searches the\n"
      "history, Ctrl-C drops the line, Ctrl-D leaves.\n\n";
  for (const DotCommand& command : kCommands) {
    out += fmt::format("  {:<36} {}\n", fmt::format("{} {}", command.name, command.arguments),
                       command.summary);
  }
  return out;
}

}  // namespace kvstore::repl
