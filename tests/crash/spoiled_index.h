// Damage to what is derived in a file: checkpoints, and the bodies of extents.
#pragma once

#include <random>
#include <string>

namespace kvstore::testing {

// The value of the checkpoint that the newest slot names, or the bodies of some extents that lie
// before it. Records stay as they are, so no key may answer other than before. False: there is
// no checkpoint.
bool spoil_index(std::string* image, std::mt19937_64& random);

}  // namespace kvstore::testing
