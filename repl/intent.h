// What a command line or the beginning of a script is about to do, judged by the
// flags of the command table: who only reads needs no lock.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace kvstore::repl {

struct Intent {
  bool reads = false;   // something that is in the file
  bool writes = false;  // or needs the writer's lock for another reason: SYNC
};

// Of one command as separate words.
Intent intent_of(const std::vector<std::string>& argv);
// Of lines of text, up to the first that writes. A value that has only begun
// counts as written.
Intent intent_of_text(std::string_view text);

}  // namespace kvstore::repl
