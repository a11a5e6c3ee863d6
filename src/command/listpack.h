// Redis stores small sorted sets as listpacks; these functions reproduce the visible effects.
#pragma once

#include <string>

#include "src/command/call.h"
#include "src/sorted_set/sorted_set.h"

namespace kvstore::command {

// Whether the set has few and short members, by the server's settings or by Redis' defaults.
bool fits_listpack(const Call& call, const SortedSet& set);
// The score as in ZSCAN of such a set: integers in full, "100000000000000000" for 1e+17.
std::string listpack_score_text(double score);

}  // namespace kvstore::command
