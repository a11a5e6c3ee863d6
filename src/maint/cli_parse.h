// What the two subcommands share: parsing, and how errors are worded.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "src/base/exit_code.h"

namespace kvstore::maint {

// nullopt: go on. Else how the process ends: after --help (kDone), or a mistake
// that has been explained on stderr (kUsage).
std::optional<ExitCode> parse(CLI::App& app, const std::vector<std::string>& words);

ExitCode say_usage_error(const std::string& message, const std::string& hint);
// Not stdout: what is written there is no database. nullopt if `path` names a file.
std::optional<ExitCode> refuse_dash(const std::string& path);
// "kvstore: CODE: message" and the hint, on stderr. Returns what it means for
// the process.
ExitCode say_error(const Error& error);

// To stdout, at once.
void print(std::string_view text);
// The same of much that is printed bit by bit, up to flush(). False: it cannot be written.
bool put(std::string_view text);
void flush();
// Whether all that was printed arrived, with the system's words for it; kFull, kIo.
Status check_printed();

}  // namespace kvstore::maint
