// The shell's own commands: a dot and a word, at the main prompt or between the commands of a
// script. They concern the shell; commands on data are ordinary commands. This file defines their
// names and syntax; dot_runner.h runs them.
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
  std::string_view example;  // not empty: the argument is required
};

std::span<const DotCommand> dot_commands();
// Ignores case. nullptr if there is no such dot-command.
const DotCommand* find_dot_command(std::string_view name);

// Parses ".mode hex" into name and argument. The argument is one word of the text grammar ("two
// words", 'verbatim'), with ~ for the home directory; empty if missing. Ignores case. kUnknown,
// kArity, kSyntax, with a hint.
struct DotLine {
  std::string_view name;  // as in the table
  std::string argument;
};
Result<DotLine> parse_dot_line(std::string_view line);

// Whether a line at the main prompt is a dot-command.
bool is_dot_line(std::string_view line);

// Whether this is `HELP .mode`, which the backend cannot answer.
bool asks_about_dot(std::span<const std::string_view> argv);

// Whether the line chooses the file to read or write: .open or .output, even if malformed.
bool chooses_file(std::string_view line);

// The text of `.help mode` and `.help .mode`; empty if there is no such dot-command.
std::string dot_help_of(std::string_view name);

// The text of `.help`.
std::string dot_help();

}  // namespace kvstore::repl
