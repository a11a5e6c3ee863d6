// Trains a dictionary for the small values of a base: it holds their common parts, so that each
// value can be compressed by itself.
#pragma once

#include <string>

#include "src/store/value_sample.h"

namespace kvstore {

// Returns an empty string if a dictionary would not save more than it takes, or if there are too
// few values. With incompressible values this takes a few milliseconds. Otherwise it takes up to
// some seconds, bounded by ValueSample::kMostBytes, and about 20 MB of memory. It cannot be
// cancelled: callers check before and after it. Throws std::bad_alloc.
std::string train_dictionary(const ValueSample::Values& values, std::uint64_t all_bytes, int level);

}  // namespace kvstore
