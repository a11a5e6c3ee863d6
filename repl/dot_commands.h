// The shell's own commands: a dot and a word, at the main prompt only. They are
// about the shell; everything about data is a command proper.
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
};

std::span<const DotCommand> dot_commands();

// ".mode hex" as name and argument; the argument may be empty, and loses blanks
// at its ends. kUnknown, kArity with what to type instead.
struct DotLine {
  std::string_view name;
  std::string_view argument;
};
Result<DotLine> parse_dot_line(std::string_view line);

// Whether a line at the main prompt is one.
bool is_dot_line(std::string_view line);

// What `.help` says.
std::string dot_help();

}  // namespace kvstore::repl
