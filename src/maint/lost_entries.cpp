#include "src/maint/lost_entries.h"

#include <algorithm>

#include "src/index/index_file.h"
#include "src/index/segment_cursor.h"

namespace kvstore::maint {

LostEntries::LostEntries(const Source& source,
                         const std::function<bool(std::uint64_t offset)>& is_lost) {
  const auto sealed = index::read_checkpoint(source.view(), source.page.slot);
  if (!sealed) return;
  covered_ = sealed->checkpoint.covered.end;
  for (const auto& run : sealed->runs) {
    if (!read(*run, is_lost)) unknown_.push_back({run->begin(), run->end()});
  }
}

// Valid segments are used even if others of the run are damaged.
bool LostEntries::read(const index::Run& run,
                       const std::function<bool(std::uint64_t offset)>& is_lost) {
  bool is_whole = true;
  for (std::size_t number = 0; number < run.parts().size(); ++number) {
    if (!run.checks_out(number)) {
      is_whole = false;
      continue;
    }
    index::SegmentCursor cursor(*run.parts()[number].segment);
    for (cursor.seek_first(); cursor.valid(); cursor.next()) {
      const std::uint64_t offset = cursor.entry().offset();
      if (is_lost(offset)) entries_.push_back({std::string(cursor.key()), offset});
    }
    is_whole &= !cursor.damaged();
  }
  return is_whole;
}

bool LostEntries::know(std::uint64_t begin, std::uint64_t end) const {
  const auto overlaps = [&](const Stretch& one) { return one.begin < end && begin < one.end; };
  return end <= covered_ && std::none_of(unknown_.begin(), unknown_.end(), overlaps);
}

}  // namespace kvstore::maint
