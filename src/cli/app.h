// What CLI11 is told of the command line. options.h is what becomes of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "src/cli/options.h"

namespace kvstore::cli {

// Options as they are written, before they are judged together.
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

// `off` as the word of options that call it none: all of them take both.
inline std::string none_of(const std::string& word) { return word == "off" ? "none" : word; }

// Its help and version, with our own usage line and footer. What follows the first word that is
// no option is COMMAND.
void prepare(CLI::App& app, std::string usage, std::string footer);
// Those of the shell, scripts and one-shots, on a file or on a connection. All references must
// outlive `app`.
void add_front_options(CLI::App& app, FrontOptions& front, Raw& raw);
// FILE and all options of `kvstore FILE`; those of a server are of the group "Server".
void add_file_options(CLI::App& app, FileOptions& options, Raw& raw);

}  // namespace kvstore::cli
