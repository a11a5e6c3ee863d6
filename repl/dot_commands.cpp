#include "repl/dot_commands.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <vector>

#include <fmt/core.h>

#include "src/base/edit_distance.h"
#include "src/command/quote.h"
#include "src/command/words.h"
#include "src/wire/text_words.h"

namespace kvstore::repl {
namespace {

constexpr std::size_t kLongestName = 64;  // longest name compared with the known ones

constexpr std::array<DotCommand, 11> kCommands{{
    {".dump", "[FILE]", "write all keys as commands; FILE may end in .jsonl, .csv or .resp", ""},
    {".exit", "", "leave the shell (also Ctrl-D)", ""},
    {".help", "[command]", "this, or what a command does", ""},
    {".import", "FILE", "read what .dump or kvstore export has written; keys must be new",
     ".import dump.kv"},
    {".mode", "[plain|quoted|hex|json|csv]", "how values are shown", ""},
    {".open", "FILE", "go on with another database file", ".open data.bin"},
    {".output", "[FILE|-]", "write answers to a file; without one to the terminal again", ""},
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

std::string_view name_in(std::string_view line) {
  return line.substr(0, std::min(line.find_first_of(" \t"), line.size()));
}

// Names of other shells.
struct Elsewhere {
  std::string_view name;
  std::string_view here;
};
constexpr std::array<Elsewhere, 8> kElsewhere{{{".timer", ".timing on"},
                                               {".tables", "KEYS"},
                                               {".show", ".mode"},
                                               {".databases", "STATS Store"},
                                               {".backup", "BACKUP FILE"},
                                               {".save", "BACKUP FILE"},
                                               {".schema", "KEYS, or STATS Store"},
                                               {".stats", "STATS"}}};

// A command that begins with `name`, or that differs by a typing error.
Error no_such_command(std::string_view name) {
  const std::string lower = command::lower(name.substr(0, kLongestName));
  const auto* const elsewhere =
      std::find_if(kElsewhere.begin(), kElsewhere.end(),
                   [&](const Elsewhere& one) { return one.name == lower; });
  std::string_view nearest = elsewhere == kElsewhere.end() ? ".help" : elsewhere->here;
  std::size_t least = 3;
  for (const DotCommand& known : kCommands) {
    const bool begun = lower.size() > 1 && known.name.starts_with(lower);
    const std::size_t distance = begun ? 0 : edit_distance(lower, known.name);
    if (distance < std::min(least, known.name.size() - 2)) {
      least = distance;
      nearest = known.name;
    }
  }
  return {Code::kUnknown, fmt::format("unknown shell command {}", command::quote(name)),
          std::string(nearest)};
}

Error too_many_words(std::string_view name) {
  return {Code::kArity, fmt::format("{} takes one argument; one with blanks needs quotes", name),
          fmt::format("{} \"two words\"", name)};
}

// "~/x" and "~" are the home directory, as in a system shell, unless $HOME is unset. 'Single
// quotes' are literal.
std::string with_home(std::string word) {
  const char* home = std::getenv("HOME");
  if (home == nullptr || *home == '\0') return word;
  return word == "~" || word.starts_with("~/") ? home + word.substr(1) : word;
}

// Parses one word by the text grammar, so that quotes and escapes are the same.
Result<std::string> parse_argument(std::string_view name, std::string_view rest) {
  if (rest.empty()) return std::string();
  const bool verbatim = rest.front() == '\'';
  std::string line(rest);
  std::vector<wire::Word> words;
  if (auto wrong = wire::split_words(line.data(), line.size(), &words)) {
    return fail(std::move(wrong->error));
  }
  if (words.size() != 1) return fail(too_many_words(name));
  std::string word = line.substr(words[0].offset, words[0].size);
  return verbatim ? word : with_home(std::move(word));
}

}  // namespace

const DotCommand* find_dot_command(std::string_view name) {
  const std::string lower = command::lower(name);
  const auto found = std::find_if(kCommands.begin(), kCommands.end(),
                                  [&](const DotCommand& known) { return known.name == lower; });
  return found == kCommands.end() ? nullptr : &*found;
}

std::span<const DotCommand> dot_commands() { return kCommands; }

bool is_dot_line(std::string_view line) { return trim(line).starts_with('.'); }

Result<DotLine> parse_dot_line(std::string_view line) {
  line = trim(line);
  const std::string_view name = name_in(line);
  const DotCommand* found = find_dot_command(name);
  if (found == nullptr) return fail(no_such_command(name));
  KV_ASSIGN(std::string argument, parse_argument(found->name, trim(line.substr(name.size()))));
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

bool asks_about_dot(std::span<const std::string_view> argv) {
  return argv.size() == 2 && argv[1].starts_with('.') && command::same_word(argv[0], "HELP");
}

bool chooses_file(std::string_view line) {
  const DotCommand* known = find_dot_command(name_in(trim(line)));
  return known != nullptr && (known->name == ".open" || known->name == ".output");
}

std::string dot_help_of(std::string_view name) {
  const DotCommand* known = find_dot_command(name);
  if (known == nullptr) known = find_dot_command(fmt::format(".{}", name));
  if (known == nullptr) return {};
  const std::string_view blank = known->arguments.empty() ? "" : " ";
  return fmt::format("{}{}{}\n  {}\n", known->name, blank, known->arguments, known->summary);
}

std::string dot_help() {
  std::string out =
      "Type a command, for instance SET greeting \"hello world\", then GET greeting.\n"
      "HELP lists all commands, HELP SET explains one. Tab completes, Ctrl-R searches the "
      "history, Ctrl-C drops the line, Ctrl-D leaves.\n\n";
  for (const DotCommand& command : kCommands) {
    out += fmt::format("  {:<36} {}\n", fmt::format("{} {}", command.name, command.arguments),
                       command.summary);
  }
  return out;
}

}  // namespace kvstore::repl
