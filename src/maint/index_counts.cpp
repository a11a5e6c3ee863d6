#include "src/maint/index_counts.h"

#include <memory>
#include <vector>

#include <fmt/core.h>

#include "src/index/index_file.h"
#include "src/index/merging_cursor.h"
#include "src/log/expiry_counts.h"
#include "src/maint/clock_tally.h"

namespace kvstore::maint {
namespace {

// Keys with an expiry that are not counted out: instead of each expiry, their number and the sum of
// their expiries modulo 2^64.
struct Expiring {
  std::uint64_t keys = 0;
  std::uint64_t sum = 0;
  void add(std::uint64_t expires_ms, std::uint64_t count) {
    keys += count;
    sum += expires_ms * count;
  }
  bool operator==(const Expiring&) const = default;
};

}  // namespace

void check_counts(const log::Checkpoint& checkpoint, const log::View& view, FaultList* faults) {
  const log::ClockState& clock = checkpoint.clock;
  if (!clock.counts_are_exact) return;
  const auto runs = index::open_runs(checkpoint, view);
  std::vector<std::unique_ptr<index::Cursor>> cursors;
  cursors.reserve(runs.size());
  for (const auto& run : runs) cursors.push_back(run->cursor());
  Expiring found, said;
  std::uint64_t live = 0;
  const auto all = cursors.empty() ? nullptr : index::merged(std::move(cursors));
  if (all) all->seek_first();
  for (; all && all->valid(); all->next()) {
    const index::Entry entry = all->entry();
    log::Record record;
    if (entry.is_delete()) continue;
    if (!checkpoint.clears.empty() && entry.offset() < checkpoint.clears.back().offset) continue;
    if (!entry.expires()) {
      ++live;
    } else if (view.header(entry.offset(), &record) == log::HeaderCheck::kValid &&
               !is_counted_out(clock, record)) {
      found.add(log::ExpiryCounts::bucket(record.expires, clock.expiry_grain_ms), 1);
    }
  }
  for (const log::ExpiryCount& expiry : clock.expiries) said.add(expiry.expires_ms, expiry.keys);
  live += found.keys;
  const std::uint64_t at = checkpoint.covered.end;
  if (clock.live_keys != live) {
    faults->add(at, fmt::format("the checkpoint counts {} live keys up to there, and there are {}",
                                clock.live_keys, live));
  } else if (found != said || !log::counts_are_possible(checkpoint)) {
    faults->add(at, "the checkpoint has other expiries than the keys");
  }
}

}  // namespace kvstore::maint
