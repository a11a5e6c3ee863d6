// Shared by the subcommands: parsing, and the form of errors.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "src/base/exit_code.h"

namespace kvstore::maint {

// nullopt: continue. Otherwise the exit code: after --help (kDone), or after a mistake that was
// explained on stderr (kUsage).
std::optional<ExitCode> parse(CLI::App& app, const std::vector<std::string>& words);

ExitCode say_usage_error(const std::string& message, const std::string& hint);
// Refuses "-": stdout cannot hold a database. nullopt if `path` names a file.
std::optional<ExitCode> refuse_dash(const std::string& path);
// Writes "kvstore: CODE: message" and the hint to stderr. Returns the exit code.
ExitCode say_error(const Error& error);

// Writes to stdout at once.
void print(std::string_view text);
// The same for larger outputs, which are buffered until flush(). False: a write failed.
bool put(std::string_view text);
void flush();
// Whether everything printed was written; kFull, kIo, with the system's message.
Status check_printed();

}  // namespace kvstore::maint
