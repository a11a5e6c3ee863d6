#include "src/command/help.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "src/command/help_topics.h"
#include "src/command/stats_fields.h"
#include "src/command/words.h"

namespace kvstore::command {
namespace {

// Columns before the summary of a line in the overview.
constexpr std::size_t kUsageWidth = 34;

std::string indented(std::string_view text, std::size_t indent = 4) {
  std::string out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    fmt::format_to(std::back_inserter(out), "{:{}}{}\n", "", indent, text.substr(0, end));
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

void add_stats_fields(std::string* text) {
  std::string_view section;
  for (const StatsField& field : stats_fields()) {
    const auto to = std::back_inserter(*text);
    if (field.section != section) fmt::format_to(to, "  {}:\n", field.section);
    section = field.section;
    fmt::format_to(to, "    {:20}  {}\n", field.name, field.meaning);
  }
}

void add_group(std::string_view group, std::string* text) {
  fmt::format_to(std::back_inserter(*text), "{}:\n", group);
  for (const Command& row : commands()) {
    if (row.group == group && row.alias_of.empty()) add_overview_line(row, text);
  }
}

}  // namespace

std::vector<std::string_view> groups() {
  return {"values", "strings",      "bits",    "expiry", "keys",       "sorted sets", "following",
          "pubsub", "transactions", "history", "store",  "durability", "session",     "redis"};
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
  for (const std::string_view group : groups()) add_group(group, &text);
  text +=
      "HELP command tells more about one, HELP strings (or another heading) about a\n"
      "group; HELP transactions, HELP AT and HELP << about these. Words that hold\n"
      "blanks are quoted: \"...\" with \\n \\t \\xHH and the like, or '...' as it is. A\n"
      "line that begins with # is a comment.\n";
  return text;
}

std::string help_topic(std::string_view word) {
  std::string text;
  for (const std::string_view group : groups()) {
    if (same_word(group, word)) add_group(group, &text);
  }
  return text += topic(word);
}

std::string help_command(const Command& command) {
  const Command& row = original(command);
  std::string text = fmt::format("{}\n  {}\n", usage(row), row.summary);
  const auto to = std::back_inserter(text);
  const auto aliases = aliases_of(row);
  if (!aliases.empty()) fmt::format_to(to, "  Also called {}.\n", fmt::join(aliases, ", "));
  for (const Command& one : row.subcommands) {
    if (one.has(kHidden)) continue;
    fmt::format_to(to, "  {} {}: {}.\n", row.name, one.name, one.summary);
  }
  text += value_forms(row.value_form);
  if (!row.details.empty()) text += indented(row.details, 2);
  if (reads_the_past(row)) text += indented(kAtTopic, 2);
  if (row.name == "STATS") add_stats_fields(&text);
  fmt::format_to(to, "  Example:\n{}  answers\n{}", indented(row.example),
                 indented(row.example_reply));
  return text;
}

}  // namespace kvstore::command
