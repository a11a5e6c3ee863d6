#include "repl/dot_commands.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "src/command/quote.h"

namespace kvstore::repl {
namespace {

constexpr std::array<DotCommand, 7> kCommands{{
    {".exit", "", "leave the shell (also Ctrl-D)"},
    {".help", "[command]", "this, or what a command does"},
    {".mode", "[plain|quoted|hex|json|csv]", "how values are shown"},
    {".pager", "[on|off]", "long answers one screen at a time"},
    {".quit", "", "leave the shell"},
    {".read", "FILE", "run the commands of a file"},
    {".timing", "[on|off]", "say how long each command takes"},
}};

std::string_view trim(std::string_view text) {
  const std::size_t begin = std::min(text.find_first_not_of(" \t\r\n"), text.size());
  text.remove_prefix(begin);
  const std::size_t end = text.find_last_not_of(" \t\r\n");
  return end == text.npos ? std::string_view() : text.substr(0, end + 1);
}

}  // namespace

std::span<const DotCommand> dot_commands() { return kCommands; }

bool is_dot_line(std::string_view line) { return trim(line).starts_with('.'); }

Result<DotLine> parse_dot_line(std::string_view line) {
  line = trim(line);
  const std::size_t end = std::min(line.find_first_of(" \t"), line.size());
  const DotLine parsed{line.substr(0, end), trim(line.substr(end))};
  const auto found = std::find_if(kCommands.begin(), kCommands.end(), [&](const DotCommand& known) {
    return known.name == parsed.name;
  });
  if (found == kCommands.end()) {
    return fail(Code::kUnknown, fmt::format("no shell command {}", command::quote(parsed.name)),
                ".help");
  }
  if (found->arguments.empty() && !parsed.argument.empty()) {
    return fail(Code::kArity, fmt::format("{} takes no argument", found->name),
                std::string(found->name));
  }
  if (found->name == ".read" && parsed.argument.empty()) {
    return fail(Code::kArity, ".read takes a file", ".read script.kv");
  }
  return parsed;
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
