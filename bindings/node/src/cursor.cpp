#include "bindings/node/src/cursor.h"

#include <algorithm>
#include <utility>

namespace kvstore::node {

namespace {

// A store changes while it is walked; a snapshot keeps its present state, and costs no more than a
// read.
// The walk itself, which may have to sort keys, begins on the thread that fills.
std::shared_ptr<Source> as_it_is(const std::shared_ptr<Source>& source, const Range& range) {
  if (!source->writes_directly() || !range.options.at.now()) return source;
  auto snapshot = source->store().snapshot();
  if (!snapshot) throw Failed{std::move(snapshot.error())};
  return std::make_shared<SnapshotSource>(source->shared_state(), std::move(*snapshot));
}

}  // namespace

Cursor::Cursor(const std::shared_ptr<Source>& source, Range range, std::uint64_t limit)
    : Resource(source->shared_state()),
      range_(std::move(range)),
      bounds_(KeyRange::of(range_.options)),
      has_values_(range_.values),
      source_(as_it_is(source, range_)),
      left_(limit) {
  enlist();
}

Cursor::~Cursor() { forget(); }

void Cursor::close() {
  const MutexLock lock(mutex_);
  walker_.reset();
  source_.reset();
}

void Cursor::seek(std::string_view key) {
  const MutexLock lock(mutex_);
  target_ = std::string(key);
  is_placed_ = false;
}

Status Cursor::place() {
  if (!source_) return fail(Code::kState, "the iterator is closed", "make another one");
  if (!walker_) {
    KV_ASSIGN(walker_, source_->walk(range_));
  }
  if (is_placed_) return {};
  is_placed_ = true;
  target_ ? walker_->seek(*target_) : walker_->start();
  return {};
}

Status Cursor::add(Entries& entries) {
  const std::string_view key = walker_->key();
  std::optional<std::string_view> value;
  if (has_values_) {
    KV_ASSIGN(value, walker_->value());
  }
  entries.bytes += key;
  entries.sizes.push_back(static_cast<std::uint32_t>(key.size()));
  if (value) entries.bytes += *value;
  entries.sizes.push_back(value ? static_cast<std::uint32_t>(value->size()) : kNoValue);
  return {};
}

namespace {

// Reserves memory by the size of the first entry, because most entries have about the same size.
void expect_like_first(Cursor::Entries& entries, std::uint64_t most, std::size_t bytes) {
  const std::size_t each = entries.bytes.size();
  if (each >= bytes) return;
  const std::size_t count = std::min<std::uint64_t>(most, bytes / (each + 1) + 1);
  entries.bytes.reserve(std::min(bytes, count * (each + each / 8 + 8)) + each);
  entries.sizes.reserve(2 * count);
}

}  // namespace

Result<Cursor::Entries> Cursor::fill(std::uint64_t most, std::size_t bytes) {
  const MutexLock lock(mutex_);
  Entries entries;
  // Nothing is left if the range is empty, or a seek went outside it.
  const bool is_outside =
      target_ && (*target_ < bounds_.from || (bounds_.to && *target_ >= *bounds_.to));
  entries.is_end = left_ == 0 || bounds_.is_empty() || is_outside;
  if (entries.is_end) return entries;
  KV_TRY(place());
  for (; most != 0 && left_ != 0 && walker_->valid() && entries.bytes.size() < bytes;
       --most, --left_) {
    KV_TRY(add(entries));
    if (entries.sizes.size() == 2) expect_like_first(entries, std::min(most, left_), bytes);
    walker_->next();
  }
  KV_TRY(walker_->status());
  entries.is_end = left_ == 0 || !walker_->valid();
  return entries;
}

}  // namespace kvstore::node
