#include "src/log/peaks.h"

#include <algorithm>
#include <iterator>

namespace kvstore::log {
namespace {

bool is_before(const ClockMark& peak, std::uint64_t seq) { return peak.seq < seq; }

}  // namespace

std::uint64_t peak_after(const std::vector<ClockMark>& peaks, std::uint64_t seq) {
  const auto found = std::lower_bound(peaks.begin(), peaks.end(), seq, is_before);
  return found == peaks.end() ? 0 : found->time;
}

bool add_peak(const ClockMark& peak, std::vector<ClockMark>* peaks) {
  const auto next = std::lower_bound(peaks->begin(), peaks->end(), peak.seq, is_before);
  if (next != peaks->end() && next->time >= peak.time) return false;
  const auto after = next != peaks->end() && next->seq == peak.seq ? std::next(next) : next;
  const auto added = peaks->insert(after, peak);
  auto redundant = added;
  while (redundant != peaks->begin() && std::prev(redundant)->time <= peak.time) --redundant;
  peaks->erase(redundant, added);
  return true;
}

}  // namespace kvstore::log
