// Predicts what a command line or the begin of a script does, by the flags of the command table:
// commands that only read need no lock.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace kvstore::repl {

struct Intent {
  bool reads = false;   // reads something in the file
  bool writes = false;  // writes, or needs the writer lock for another reason: SYNC
};

// For one command as separate words.
Intent intent_of(const std::vector<std::string>& argv);
// For lines of text, up to the first that writes. An incomplete value counts as a write.
Intent intent_of_text(std::string_view text);

}  // namespace kvstore::repl
