// The subcommands: `kvstore WORD ...`, where WORD is the first argument and not a file.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "src/base/exit_code.h"

namespace kvstore::cli {

// `words` are the arguments after the subcommand's name.
using Subcommand = ExitCode (*)(const std::vector<std::string>& words);

// Sorted by name.
std::span<const std::pair<std::string_view, Subcommand>> subcommands();

// nullptr if `word` is not a subcommand.
Subcommand find_subcommand(std::string_view word);

// A subcommand that differs by a typing error; empty if there is none.
std::string_view nearest_subcommand(std::string_view word);

// The main form: `kvstore [OPTIONS] [FILE] [COMMAND...]`.
ExitCode run_file(const std::vector<std::string>& words);
ExitCode run_backup(const std::vector<std::string>& words);
ExitCode run_bench(const std::vector<std::string>& words);
ExitCode run_compact(const std::vector<std::string>& words);
ExitCode run_connect(const std::vector<std::string>& words);
ExitCode run_delete(const std::vector<std::string>& words);
ExitCode run_demo(const std::vector<std::string>& words);
ExitCode run_export(const std::vector<std::string>& words);
ExitCode run_get(const std::vector<std::string>& words);
ExitCode run_import(const std::vector<std::string>& words);
ExitCode run_put(const std::vector<std::string>& words);
ExitCode run_replay(const std::vector<std::string>& words);
ExitCode run_restore(const std::vector<std::string>& words);

}  // namespace kvstore::cli
