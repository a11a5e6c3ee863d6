// The shell's own commands: a dot and a word, at the main prompt or between the
// commands of a script. They are about the shell; everything about data is a
// command proper. This is what there is and how it is written; dot_runner.h runs it.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "src/base/status.h"

namespace kvstore::repl {

struct DotCommand {
  std::string_view name;
  std::string_view arguments;
  std::string_view summary;
  std::string_view example;  // not empty: the argument has to be there
};

std::span<const DotCommand> dot_commands();
// Ignores case. nullptr if there is none.
const DotCommand* find_dot_command(std::string_view name);

// ".mode hex" as name and argument. The argument is one word of the text grammar
// ("two words", 'verbatim'), with ~ for the home directory; empty if there is none.
// Case does not count. kUnknown, kArity, kSyntax with what to type instead.
struct DotLine {
  std::string_view name;  // of the table
  std::string argument;
};
Result<DotLine> parse_dot_line(std::string_view line);

// Whether a line at the main prompt is one.
bool is_dot_line(std::string_view line);

// `HELP .mode`, which no backend knows.
bool asks_about_dot(std::span<const std::string_view> argv);

// Whether it is about which file is read or written: .open, .output, well-formed or not.
bool chooses_file(std::string_view line);

// What `.help mode` and `.help .mode` say; empty if there is no such dot-command.
std::string dot_help_of(std::string_view name);

// What `.help` says.
std::string dot_help();

}  // namespace kvstore::repl
