#include "src/store/clears.h"

#include <algorithm>

#include "src/store/planted.h"

namespace kvstore {
namespace {

using Marks = std::span<const Clears::Mark>;

// The last mark for which `counts` holds; it must hold for the oldest ones and for none after.
template <class Test>
const Clears::Mark* last_of(Marks marks, Test counts) {
  const auto end = std::partition_point(marks.begin(), marks.end(), counts);
  return end == marks.begin() ? nullptr : &*(end - 1);
}

}  // namespace

const Clears::Mark* Clears::at_seq(std::uint64_t seq) const {
  return last_of(all(), [seq](const Mark& mark) { return mark.seq <= seq; });
}

const Clears::Mark* Clears::at_time(std::uint64_t time_us, std::uint64_t first_seq,
                                    std::uint64_t seq) const {
  return last_of(all(), [=](const Mark& mark) {
    return mark.seq <= seq && (mark.seq < first_seq || mark.time <= time_us);
  });
}

const Clears::Mark* Clears::first_after(std::uint64_t offset) const {
  const Marks marks = all();
  const auto found = std::partition_point(
      marks.begin(), marks.end(), [offset](const Mark& mark) { return mark.offset <= offset; });
  return found == marks.end() ? nullptr : &*found;
}

void Clears::add(const Mark& mark) {
  marks_.push(mark);
  newest_.store(mark.offset, std::memory_order_release);
}

bool Clears::restore(const log::Checkpoint& checkpoint, const log::View& view) {
  std::vector<Mark> older;
  log::Record record;
  if (checkpoint.clears.size() == log::Checkpoint::kMostClears) {
    for (std::uint64_t at = checkpoint.clears.front().offset; at != 0; at = record.prev) {
      const bool is_one =
          view.header(at, &record) == log::HeaderCheck::kValid && record.is_of_all();
      if (!is_one) return false;
      older.push_back({record.offset, record.seq, record.time});
    }
    older.erase(older.begin());
  }
  for (auto mark = older.rbegin(); mark != older.rend(); ++mark) add(*mark);
  for (const Mark& mark : checkpoint.clears) add(mark);
  return true;
}

std::vector<Clears::Mark> Clears::newest_before(std::uint64_t end) const {
  const Marks marks = all();
  const auto stop = std::partition_point(marks.begin(), marks.end(),
                                         [end](const Mark& mark) { return mark.offset < end; });
  const auto count = std::min<std::ptrdiff_t>(stop - marks.begin(), log::Checkpoint::kMostClears);
  if (planted::lost_clear) return {};
  return {stop - count, stop};
}

}  // namespace kvstore
