#include "src/store/value_sample.h"

namespace kvstore {
namespace {

constexpr std::size_t kMostValues = std::size_t{1} << 17;

}  // namespace

void ValueSample::pass(const log::Record& newest) {
  const bool would_use_it =
      newest.total > 0 && newest.total <= log::Encoder::kBlock && newest.kind != log::Kind::kHole;
  if (!would_use_it) return;
  passed_bytes_ += newest.total;
  if (passed_++ % step_ != 0) return;
  chosen_.push_back({newest.offset, newest.total});
  chosen_bytes_ += newest.total;
  if (chosen_bytes_ > kMostBytes || chosen_.size() > kMostValues) thin_out();
}

void ValueSample::thin_out() {
  std::size_t kept = 0;
  chosen_bytes_ = 0;
  for (std::size_t i = 0; i < chosen_.size(); i += 2) {
    chosen_[kept++] = chosen_[i];
    chosen_bytes_ += chosen_[i].size;
  }
  chosen_.resize(kept);
  step_ *= 2;
}

// Leaves out values with a part that a repair has marked as lost.
ValueSample::Values ValueSample::read(const ReadView& view) const {
  const log::View bytes = view.generation().view();
  Values values;
  values.bytes.reserve(chosen_bytes_);
  log::Record record;
  for (const Chosen& chosen : chosen_) {
    if (bytes.header(chosen.offset, &record) != log::HeaderCheck::kValid) continue;
    if (!view.append_bytes(record, 0, record.total, &values.bytes)) continue;
    values.sizes.push_back(record.total);
  }
  return values;
}

}  // namespace kvstore
