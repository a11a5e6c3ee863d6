// Defines the command line for CLI11; options.h is the result.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "src/cli/options.h"

namespace kvstore::cli {

// Options as written, before they are checked together.
struct Raw {
  std::string mode;
  bool json = false;
  bool no_newline = false;
  std::string color = "auto";
  std::string sync = "always";
  std::uint64_t memory = kDefaultMemory;
  std::uint64_t scrub_rate = std::uint64_t{1} << 20;
  std::string listen;
  std::string config;
  bool print_config = false;
  std::string keep_history = "1d";
  std::optional<std::string> compress;
  double wait_s = 5;
  double transaction_s = 60;
};

// `off` is accepted for options whose word is `none`.
inline std::string none_of(const std::string& word) { return word == "off" ? "none" : word; }

// Sets help and version, with our own usage line and footer. Everything after the first word that
// is not an option is COMMAND.
void prepare(CLI::App& app, std::string usage, std::string footer);
// The options of the shell, scripts and one-shots, for a file or a connection. All references must
// outlive `app`.
void add_front_options(CLI::App& app, FrontOptions& front, Raw& raw);
// FILE and all options of `kvstore FILE`; a server's options are in group "Server".
void add_file_options(CLI::App& app, FileOptions& options, Raw& raw);

}  // namespace kvstore::cli
