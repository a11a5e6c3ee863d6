#include "src/command/help.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace kvstore::command {
namespace {

// Of a line in the overview, before its summary.
constexpr std::size_t kUsageWidth = 34;

std::string indented(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    fmt::format_to(std::back_inserter(out), "    {}\n", text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::string_view value_forms(ValueForm form) {
  switch (form) {
    case ValueForm::kSet:
      return "  The value may also follow on the next lines:\n"
             "    SET key SECONDS COUNT      then COUNT bytes (TTL in SECONDS, 0 = never expires)\n"
             "    SET key <<EOT              then lines up to one that says EOT\n"
             "    SET key                    then lines up to one that says END\n";
    case ValueForm::kAppend:
      return "  The value may also follow on the next lines:\n"
             "    APPEND key COUNT           then COUNT bytes\n"
             "    APPEND key \"5\"             appends the digit; without quotes it is a count\n"
             "    APPEND key <<EOT           then lines up to one that says EOT\n"
             "    APPEND key                 then lines up to one that says END\n";
    case ValueForm::kNone:
      break;
  }
  return "";
}

bool reads_the_past(const Command& command) {
  return std::any_of(command.arguments.begin(), command.arguments.end(),
                     [](const Argument& argument) { return argument.token == "AT"; });
}

void add_overview_line(const Command& command, std::string* text) {
  const std::string line = usage(command);
  const auto aliases = aliases_of(command);
  const std::string also =
      aliases.empty() ? "" : fmt::format(" (also {})", fmt::join(aliases, ", "));
  const auto to = std::back_inserter(*text);
  if (line.size() > kUsageWidth) {
    fmt::format_to(to, "  {}\n  {:{}}  {}{}\n", line, "", kUsageWidth, command.summary, also);
  } else {
    fmt::format_to(to, "  {:{}}  {}{}\n", line, kUsageWidth, command.summary, also);
  }
}

}  // namespace

std::vector<std::string_view> groups() {
  return {"values", "keys", "transactions", "history", "store", "session", "redis"};
}

std::vector<std::string_view> aliases_of(const Command& command) {
  std::vector<std::string_view> names;
  for (const Command& row : commands()) {
    if (row.alias_of == command.name) names.push_back(row.name);
  }
  return names;
}

std::string help_overview() {
  std::string text;
  for (const std::string_view group : groups()) {
    fmt::format_to(std::back_inserter(text), "{}:\n", group);
    for (const Command& row : commands()) {
      if (row.group == group && row.alias_of.empty()) add_overview_line(row, &text);
    }
  }
  text +=
      "HELP command tells more about one. Words that hold blanks are quoted: \"...\" with\n"
      "\\n \\t \\xHH and the like, or '...' as it is. A line that begins with # is a comment.\n";
  return text;
}

std::string help_command(const Command& command) {
  const Command& row = original(command);
  std::string text = fmt::format("{}\n  {}\n", usage(row), row.summary);
  const auto to = std::back_inserter(text);
  const auto aliases = aliases_of(row);
  if (!aliases.empty()) fmt::format_to(to, "  Also called {}.\n", fmt::join(aliases, ", "));
  text += value_forms(row.value_form);
  if (reads_the_past(row)) {
    text +=
        "  AT reads the past: a seq of HISTORY, 2026-03-01[T14:30[:05]][Z|+02:00],\n"
        "  @unix-seconds, or -30s -5m -3h -2d.\n";
  }
  fmt::format_to(to, "  Example:\n{}  answers\n{}", indented(row.example),
                 indented(row.example_reply));
  return text;
}

}  // namespace kvstore::command
