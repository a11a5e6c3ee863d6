// A dictionary for the small values of a base: what they have in common, so that each of them can
// be compressed by itself.
#pragma once

#include <string>

#include "src/store/value_sample.h"

namespace kvstore {

// Empty: it would not gain more than it takes, or there are too few values. Where nothing can be
// gained (random or compressed values) a few milliseconds tell; else it takes some seconds at most,
// bounded by ValueSample::kMostBytes, and some 20 MB of memory. It is not cancelled meanwhile:
// callers look before and after. Throws std::bad_alloc.
std::string train_dictionary(const ValueSample::Values& values, std::uint64_t all_bytes, int level);

}  // namespace kvstore
