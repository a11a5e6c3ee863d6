// A dictionary for the small values of a base: what they have in common, so that each of them can
// be compressed by itself.
#pragma once

#include <string>

#include "src/store/value_sample.h"

namespace kvstore {

// Empty: it would not gain more than it takes, or there are too few values. Takes some seconds at
// most, and some 20 MB of memory; is not cancelled meanwhile. Throws std::bad_alloc.
std::string train_dictionary(const ValueSample::Values& values, std::uint64_t all_bytes, int level);

}  // namespace kvstore
