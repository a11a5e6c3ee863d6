#include "src/index/memtable.h"

#include <algorithm>
#include <vector>

#include "src/base/check.h"

namespace kvstore::index {
namespace {

constexpr std::uint64_t kFirstSize = 8;

}  // namespace

Memtable::Memtable() : bytes_(sizeof *this) {}

Memtable::~Memtable() {
  for (Shard& shard : shards_) delete shard.load(std::memory_order_relaxed);
}

Memtable::Table* Memtable::make_room(std::uint64_t hash, std::uint64_t count) {
  epochs_.collect();
  Shard& shard = shard_of(hash);
  Table* old = shard.load(std::memory_order_relaxed);
  const std::uint64_t old_size = old ? old->mask + 1 : 0;
  const std::uint64_t needed = (old ? old->used : 0) + count;
  if (needed * 8 <= old_size * 7) return old;
  std::uint64_t new_size = old ? 2 * old_size : kFirstSize;
  while (needed * 8 > new_size * 7) new_size *= 2;
  auto table = std::make_unique<Table>(new_size);
  for (std::uint64_t i = 0; i < old_size; ++i) {
    const std::uint64_t word = old->slots[i].load(std::memory_order_relaxed);
    if (word != 0) table->free_slot(hash_of(word))->store(word, std::memory_order_relaxed);
  }
  table->used = old ? old->used : 0;
  Table* const ready = table.release();
  shard.store(ready, std::memory_order_release);
  bytes_.fetch_add((new_size - old_size) * sizeof(Slot) + (old ? 0 : sizeof(Table)),
                   std::memory_order_relaxed);
  if (old) epochs_.retire([old] { delete old; });
  return ready;
}

void Memtable::reserve(std::vector<std::uint64_t> hashes) {
  std::sort(hashes.begin(), hashes.end());
  const auto shard = [](std::uint64_t hash) { return hash >> (64 - kShardBits); };
  for (std::size_t i = 0, run = 0; i < hashes.size(); i += run) {
    run = 1;
    while (i + run < hashes.size() && shard(hashes[i + run]) == shard(hashes[i])) ++run;
    make_room(hashes[i], run);
  }
}

void Memtable::set(const Place& place, std::uint64_t offset) {
  KV_CHECK(offset % 8 == 0 && offset >> 3 < std::uint64_t{1} << kOffsetBits);
  if (place.offset == 0) {
    ++shard_of(place.hash).load(std::memory_order_relaxed)->used;
    keys_.fetch_add(1, std::memory_order_relaxed);
  }
  // Release: who finds the offset finds the record's bytes.
  place.slot->store(word_of(stored_hash(place.hash), offset), std::memory_order_release);
}

void Memtable::visit(const std::function<bool(std::uint64_t)>& visitor) const {
  for (const Shard& shard : shards_) {
    const Table* table = shard.load(std::memory_order_acquire);
    for (std::uint64_t i = 0; table && i <= table->mask; ++i) {
      const std::uint64_t word = table->slots[i].load(std::memory_order_acquire);
      if (word != 0 && !visitor(offset_of(word))) return;
    }
  }
}

std::uint64_t Memtable::scan(std::uint64_t cursor, std::uint64_t count,
                             const std::function<void(std::uint64_t)>& visitor) const {
  // A cursor is the shard and the lowest hash not yet visited in it.
  std::uint64_t shard = cursor >> kHashBits;
  std::uint64_t from = cursor & ((std::uint64_t{1} << kHashBits) - 1);
  std::vector<std::uint64_t> words;
  for (; shard < shards_.size(); ++shard, from = 0) {
    const Table* table = shards_[shard].load(std::memory_order_acquire);
    words.clear();
    for (std::uint64_t i = 0; table && i <= table->mask; ++i) {
      const std::uint64_t word = table->slots[i].load(std::memory_order_acquire);
      if (word != 0 && hash_of(word) >= from) words.push_back(word);
    }
    if (words.size() > count && count > 0) {
      // Only as many as asked for need their order, and those that tie with the last.
      const auto nth = words.begin() + static_cast<std::ptrdiff_t>(count) - 1;
      std::nth_element(words.begin(), nth, words.end());
      const std::uint64_t last = hash_of(*nth);
      for (const std::uint64_t word : words) {
        if (hash_of(word) <= last) visitor(offset_of(word));
      }
      return last + 1 < std::uint64_t{1} << kHashBits ? shard << kHashBits | (last + 1)
             : shard + 1 < shards_.size()             ? (shard + 1) << kHashBits
                                                      : 0;
    }
    for (const std::uint64_t word : words) visitor(offset_of(word));
    count -= words.size();
    if (count == 0 && shard + 1 < shards_.size()) return (shard + 1) << kHashBits;
  }
  return 0;
}

}  // namespace kvstore::index
