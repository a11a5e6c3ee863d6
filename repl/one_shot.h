// Commands given on the command line.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "repl/runner.h"

namespace kvstore::repl {

// How the words after FILE are meant: if the first holds a blank or stands
// alone, each is a line of text (`'SET a 1' 'GET a'`); otherwise together they
// are one argument vector, taken literally (`SET k -5`).
bool are_text_lines(const std::vector<std::string>& words);

struct OneShotOptions {
  RunOptions run;
  bool last_from_stdin = false;  // -x: stdin is one more, literal argument
};

// Runs them. kMissing if the last reply was NIL. The output is flushed.
ExitCode run_one_shot(Backend& backend, const std::vector<std::string>& words, Output& output,
                      const OneShotOptions& options);

}  // namespace kvstore::repl
