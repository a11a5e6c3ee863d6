// Redis holds a small sorted set in a listpack, as long as it is small: where that shows.
#pragma once

#include <string>

#include "src/command/call.h"
#include "src/sorted_set/sorted_set.h"

namespace kvstore::command {

// It has few members, and all of them are short: by the server's settings, or by Redis' own.
bool fits_listpack(const Call& call, const SortedSet& set);
// As ZSCAN shows it of such a set: whole numbers as such, "100000000000000000" for 1e+17.
std::string listpack_score_text(double score);

}  // namespace kvstore::command
