#include "src/index/memtable.h"

#include <algorithm>
#include <vector>

#include "src/base/check.h"

namespace kvstore::index {
namespace {

constexpr unsigned kFirstLog2Size = 3;

}  // namespace

Memtable::Memtable(ReclamationEpochs& epochs)
    : bytes_(sizeof *this), epochs_(epochs), slabs_(kShards, kFirstLog2Size, epochs) {}

void Memtable::grow(std::size_t shard, std::uint64_t needed) {
  epochs_.collect();
  const Table old = table(shard);
  const std::uint64_t old_size = old ? old.size() : 0;
  const unsigned old_log2_size = old ? old.log2_size() : 0;
  unsigned log2_size = old ? old_log2_size + 1 : kFirstLog2Size;
  while (needed * 8 > (std::uint64_t{7} << log2_size)) ++log2_size;
  const Table grown(slabs_.place(shard, log2_size), log2_size);
  for (std::uint64_t i = 0; i < old_size; ++i) {
    const std::uint64_t word = old.slot(i).load(std::memory_order_relaxed);
    if (word != 0) grown.free_slot(hash_of(word))->store(word, std::memory_order_relaxed);
  }
  shards_[shard].store(grown.word(), std::memory_order_release);
  bytes_.fetch_add((grown.size() - old_size) * sizeof(Slot), std::memory_order_relaxed);
  slabs_.move(old_log2_size, log2_size);
}

void Memtable::reserve(std::vector<std::uint64_t> hashes) {
  written_.reserve(hashes.size());
  std::sort(hashes.begin(), hashes.end());
  for (std::size_t i = 0, run = 0; i < hashes.size(); i += run) {
    run = 1;
    while (i + run < hashes.size() && shard_of(hashes[i + run]) == shard_of(hashes[i])) ++run;
    reserve_slots(hashes[i], run);
  }
}

void Memtable::publish_loaded(std::uint64_t hash, std::uint64_t old_offset, std::uint64_t offset) {
  KV_CHECK(offset % 8 == 0 && offset >> 3 < std::uint64_t{1} << kOffsetBits);
  const std::uint64_t stored = stored_hash(hash);
  const Table there = table(shard_of(hash));
  Slot* slot = nullptr;
  if (old_offset != 0) {
    slot = there.slot_with(word_of(stored, old_offset));
  } else {
    slot = there.free_slot(stored);
    ++used_[shard_of(hash)];
    keys_.fetch_add(1, std::memory_order_relaxed);
  }
  // Release: a reader that finds the offset finds the record's bytes.
  slot->store(word_of(stored, offset), std::memory_order_release);
}

void Memtable::visit(FunctionRef<bool(std::uint64_t)> visitor) const {
  for (std::size_t shard = 0; shard < kShards; ++shard) {
    const Table slots = table(shard);
    for (std::uint64_t i = 0; slots && i < slots.size(); ++i) {
      const std::uint64_t word = slots.slot(i).load(std::memory_order_acquire);
      if (word != 0 && !visitor(offset_of(word))) return;
    }
  }
}

}  // namespace kvstore::index
