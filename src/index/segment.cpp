#include "src/index/segment.h"

#include <cstring>

#include "src/index/segment_cursor.h"

namespace kvstore::index {

using F = SegmentFormat;

std::unique_ptr<Segment> Segment::open(const std::uint8_t* body, std::uint64_t at,
                                       std::uint64_t size, const log::Binding& binding,
                                       std::uint64_t hash_seed, const file::LogFile* file) {
  if (size < F::kHeaderSize || size % 8 != 0 || at % 8 != 0) return nullptr;
  const std::optional<SegmentHeader> header = SegmentHeader::load(body, binding, at, size);
  if (!header || header->hash_seed != hash_seed) return nullptr;
  return std::unique_ptr<Segment>(new Segment(body, at, *header, binding, file));
}

Segment::~Segment() { delete sparse_.load(std::memory_order_relaxed); }

std::uint64_t Segment::bytes() const {
  const SparseIndex* const loaded = sparse_.load(std::memory_order_acquire);
  return sizeof *this + (loaded != nullptr ? loaded->bytes() : 0);
}

// Several threads may load it concurrently; the first result is kept.
const SparseIndex* Segment::load_sparse() const {
  std::unique_ptr<const SparseIndex> loaded = SparseIndex::load(body_, header_, seeds_);
  if (loaded == nullptr) return nullptr;
  const SparseIndex* others = nullptr;
  if (!sparse_.compare_exchange_strong(others, loaded.get(), std::memory_order_acq_rel,
                                       std::memory_order_acquire)) {
    return others;
  }
  return loaded.release();
}

bool Segment::load_bucket(std::uint32_t number, std::uint8_t* copy) const {
  std::memcpy(copy, bucket(number), F::kBucketSize);
  return load_le<std::uint32_t>(copy + F::kBucketCheckAt) ==
         segment_check(seeds_.bucket(number), copy, F::kBucketCheckAt);
}

Segment::Probe Segment::find(std::uint64_t hash, FunctionRef<bool(std::uint64_t offset)> matches,
                             std::uint64_t* offset) const {
  const std::uint64_t fingerprint = shape_.fingerprint(hash);
  std::uint32_t number = shape_.first_bucket(hash);
  for (std::uint32_t probes = 0; probes < shape_.buckets(); ++probes) {
    std::uint8_t copy[F::kBucketSize];
    if (!load_bucket(number, copy)) return Probe::kDamaged;
    for (unsigned i = 0; i < F::kSlots; ++i) {
      const std::uint64_t slot = load_le48(copy + i * F::kSlotSize);
      if (slot == 0) return Probe::kAbsent;
      if (shape_.fingerprint_of(slot) != fingerprint) continue;
      const std::uint64_t candidate = shape_.offset_of(slot);
      if (!header_.contains(candidate)) return Probe::kDamaged;
      if (matches(candidate)) {
        *offset = candidate;
        return Probe::kFound;
      }
    }
    number = shape_.next_bucket(number);
  }
  return Probe::kDamaged;  // no builder fills every slot
}

Segment::Probe Segment::find_key(std::string_view key, Entry* entry) const {
  SegmentCursor cursor(*this);
  cursor.seek(key);
  if (cursor.damaged()) return Probe::kDamaged;
  if (!cursor.valid() || cursor.key() != key) return Probe::kAbsent;
  *entry = cursor.entry();
  return Probe::kFound;
}

std::unique_ptr<Cursor> Segment::cursor() const { return std::make_unique<SegmentCursor>(*this); }

}  // namespace kvstore::index
