// verify, repair and salvage of a file of any bytes. What must hold:
//
//   - looking changes nothing, and every way of printing what was found ends;
//   - what a repair or a salvage writes is intact, and opens as properly closed;
//   - a value that the damaged file answers the repaired one answers too, or it is
//     CORRUPT or among the losses and damages named (unless the index says, with right checks, what
//     the log does not, which verify names); where nothing is wrong, nothing changes.
#pragma once

#include <functional>
#include <string>

#include "tests/fuzz/finding.h"

namespace kvstore::fuzz {

struct MaintHooks {
  // Where a test plants a bug: the file that a repair wrote.
  std::function<void(std::string* file)> after_repair;
};

Finding check_maint(Input input, const MaintHooks& hooks = {});

}  // namespace kvstore::fuzz
