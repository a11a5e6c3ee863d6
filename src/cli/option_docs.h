// The options as the documents list them: from what CLI11 is told.
#pragma once

#include <string>
#include <vector>

namespace kvstore::cli {

struct OptionDoc {
  std::string names;  // "-q,--quiet"
  std::string type;   // "SECONDS"; empty for a flag
  std::string text;   // with its default
  bool is_servers = false;
};

// A subcommand's `--help` in its parts.
struct SubcommandDoc {
  std::string name, summary;  // "verify"; a sentence
  std::string usage;          // "kvstore verify [OPTIONS] FILE", a line each
  std::vector<OptionDoc> arguments, options;
  std::string footer;  // paragraphs; some begin with "Examples:", "Exit codes:"
};

// All of them, by name.
std::vector<SubcommandDoc> subcommand_docs();

// Of `kvstore FILE`, in the order of its help.
std::vector<OptionDoc> file_option_docs();

}  // namespace kvstore::cli
