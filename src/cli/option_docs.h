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

// Of `kvstore FILE`, in the order of its help.
std::vector<OptionDoc> file_option_docs();

}  // namespace kvstore::cli
