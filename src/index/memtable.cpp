#include "src/index/memtable.h"

#include <algorithm>
#include <vector>

#include "src/base/check.h"

namespace kvstore::index {
namespace {

constexpr unsigned kFirstLog2Size = 3;

// The lowest `count` bits, in reverse.
std::uint64_t reverse(std::uint64_t bits, unsigned count) {
  std::uint64_t reversed = 0;
  for (unsigned i = 0; i < count; ++i) reversed |= (bits >> i & 1) << (count - 1 - i);
  return reversed;
}

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
  // Release: who finds the offset finds the record's bytes.
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

std::uint64_t Memtable::scan(std::uint64_t cursor, std::uint64_t count,
                             FunctionRef<void(std::uint64_t)> visitor) const {
  count = std::max<std::uint64_t>(count, 1);
  // A cursor is the shard and the next bucket's number, its bits reversed: counting up
  // in it, a larger table's buckets come where the smaller one's came.
  std::uint64_t shard = cursor >> kHashBits;
  std::uint64_t reversed = cursor & ((std::uint64_t{1} << kHashBits) - 1);
  std::uint64_t found = 0;
  for (; shard < kShards; ++shard, reversed = 0) {
    const Table slots = table(shard);
    if (!slots) continue;
    const unsigned bits = std::min(slots.log2_size(), kHashBits);
    const std::uint64_t step = std::uint64_t{1} << (kHashBits - bits);
    reversed &= ~(step - 1);
    for (; reversed < std::uint64_t{1} << kHashBits; reversed += step) {
      if (found >= count) return shard << kHashBits | reversed;
      found += slots.visit_bucket(reverse(reversed, kHashBits), visitor);
    }
  }
  return 0;
}

}  // namespace kvstore::index
