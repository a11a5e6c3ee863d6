// `kvstore verify`, `kvstore convert` and `kvstore map`: from arguments to the exit code. Reports
// go to stdout; errors, questions and progress to stderr.
//
//   verify    0 intact, or repaired or salvaged; 5 a torn tail, nothing worse;
//             6 damaged; 4 cannot read: no such file, not a kvstore file, locked
//   convert   0 done; 5, 6 done, but the old file was torn or damaged; 4 cannot
//   map       0; 6 damaged; 4 cannot read
//   all       2 wrong usage; 7 disk full or I/O error
#pragma once

#include <string>
#include <vector>

#include "src/base/exit_code.h"

namespace kvstore::maint {

// `words`: the arguments after the subcommand.
ExitCode run_verify(const std::vector<std::string>& words);
ExitCode run_convert(const std::vector<std::string>& words);
ExitCode run_map(const std::vector<std::string>& words);

}  // namespace kvstore::maint
