#include "src/maint/losses.h"

#include <algorithm>

namespace kvstore::maint {

using log::Kind;
using log::Record;

std::uint64_t length_before(const Record& record) {
  return record.begins_anew() ? 0 : record.total - std::min(record.total, record.length());
}

Loss gap_at(const Record& record) {
  Loss loss;
  loss.kind = Loss::Kind::kGap;
  loss.key = record.key();
  loss.offset = loss.before = record.offset;
  loss.expires = record.expires;
  loss.type = record.type;
  return loss;
}

void Losses::add(Loss loss) {
  if (!loss.replaced) open_losses_[loss.key].push_back(report_.losses.size());
  report_.losses.push_back(std::move(loss));
}

void Losses::clear() {
  for (const auto& [key, numbers] : open_losses_) {
    for (const std::size_t i : numbers) report_.losses[i].replaced = true;
  }
  open_losses_.clear();
  open_marks_.clear();
}

void Losses::pass(const Record& record) {
  const bool gap = record.kind == Kind::kGap && record.raw_size > 0;
  const bool is_mark = gap || record.kind == Kind::kHole;
  const bool closes = record.begins_anew() && !(open_losses_.empty() && open_marks_.empty());
  if (!is_mark && !closes) return;
  const std::string key(record.key());
  if (closes) {
    for (const std::size_t i : open_losses_[key]) report_.losses[i].replaced = true;
    open_losses_.erase(key);
    open_marks_.erase(key);
  }
  if (is_mark) open_marks_[key].push_back(record.offset);
}

void Losses::list_marks(const log::View& view) {
  Record mark;
  for (const auto& [key, offsets] : open_marks_) {
    for (const std::uint64_t offset : offsets) {
      if (view.header(offset, &mark) != log::HeaderCheck::kValid) continue;
      report_.marked.push_back(
          {key, mark.kind, offset, mark.raw_size, length_before(mark), mark.total});
    }
  }
  std::sort(report_.marked.begin(), report_.marked.end(),
            [](const Marked& a, const Marked& b) { return a.offset < b.offset; });
}

void Losses::finish(const log::View& view) {
  list_marks(view);
  std::stable_sort(report_.losses.begin(), report_.losses.end(), [](const Loss& a, const Loss& b) {
    if (a.before != b.before) return a.before < b.before;
    return a.place() < b.place();
  });
}

}  // namespace kvstore::maint
