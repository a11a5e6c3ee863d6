// The peaks of a store's clock: the highest times that were believed before the clock was set back,
// each with the last seq written by then. What expires at or before a peak and is not newer than it
// stays expired.
//
// In the order of their seqs. A lower peak before a higher one says nothing, so the times fall.
#pragma once

#include <cstdint>
#include <vector>

#include "src/log/checkpoint.h"

namespace kvstore::log {

// The highest time believed after the record with this seq was written; 0: no peak is so late.
std::uint64_t peak_after(const std::vector<ClockMark>& peaks, std::uint64_t seq);
// Of any seq. Throws std::bad_alloc, unless there is room for one more. False: the others say it.
bool add_peak(const ClockMark& peak, std::vector<ClockMark>* peaks);

}  // namespace kvstore::log
