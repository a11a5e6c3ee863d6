// The options for the documentation, as defined for CLI11.
#pragma once

#include <string>
#include <vector>

namespace kvstore::cli {

struct OptionDoc {
  std::string names;  // "-q,--quiet"
  std::string type;   // "SECONDS"; empty for a flag
  std::string text;   // includes the default
  bool is_servers = false;
};

// A subcommand's `--help`, in parts.
struct SubcommandDoc {
  std::string name, summary;  // "verify"; a sentence
  std::string usage;          // such as "kvstore verify [OPTIONS] FILE"; one line each
  std::vector<OptionDoc> arguments, options;
  std::string footer;  // paragraphs; some begin with "Examples:" or "Exit codes:"
};

// All subcommands, sorted by name.
std::vector<SubcommandDoc> subcommand_docs();

// The options of `kvstore FILE`, in the order of its help.
std::vector<OptionDoc> file_option_docs();

}  // namespace kvstore::cli
