// The memtable: maps key hashes to offsets of the keys' newest records. Keys are not copied; the
// caller's matcher compares them in the log.
//
// 1024 open-addressing tables with linear probing, selected by 10 bits of the hash. A slot is one
// 64-bit word: 23 more bits of the hash, and the offset / 8 in 41 bits (16 TiB). Nothing is ever
// removed (a deleted key's newest record is its deletion, to which its history is linked), so there
// are no tombstones, and an update is one store. A full table (7/8) is copied to one of twice the
// size and retired. With 8 bytes a slot this takes 9 to 19 bytes a key. In addition, published
// entries are listed in write order, 8 bytes each, for walks in key order.
//
// Thread rule: find and visit on any thread under a Guard of the epochs, concurrently with one
// writer. reserve and publish by the writer only.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "src/base/check.h"
#include "src/base/function_ref.h"
#include "src/base/prefetch.h"
#include "src/base/reclamation.h"
#include "src/index/memtable_order.h"
#include "src/index/slabs.h"
#include "src/index/write_order.h"

namespace kvstore::index {

class Memtable {
 public:
  using Slot = std::atomic<std::uint64_t>;

  // `epochs` must outlive this; replaced tables are freed through it.
  explicit Memtable(ReclamationEpochs& epochs);
  ~Memtable() = default;
  Memtable(const Memtable&) = delete;
  Memtable& operator=(const Memtable&) = delete;

  // Calls matches(offset) for each candidate, until it returns true. Returns that offset, or 0. The
  // caller must compare the key.
  std::uint64_t find(std::uint64_t hash, FunctionRef<bool(std::uint64_t offset)> matches) const {
    const Table found = table(shard_of(hash));
    if (!found) return 0;
    std::uint64_t matching = 0;
    found.probe(stored_hash(hash), [&](std::uint64_t offset) {
      if (!matches(offset)) return false;
      matching = offset;
      return true;
    });
    return matching;
  }
  // The first candidate of find(); 0: none.
  std::uint64_t candidate(std::uint64_t hash) const {
    return find(hash, [](std::uint64_t) { return true; });
  }
  // Prefetches the memory that find() reads first.
  void prefetch(std::uint64_t hash) const {
    const Table there = table(shard_of(hash));
    if (there) kvstore::prefetch(&there.slot(stored_hash(hash) & (there.size() - 1)));
  }

  // Reserves memory for one more key with this hash, or with each of these: then publish() cannot
  // fail for as many keys. Throws std::bad_alloc, and then nothing visible has changed.
  void reserve(std::uint64_t hash) {
    epochs_.collect();
    reserve_slots(hash, 1);
    written_.reserve(1);
  }
  void reserve(std::vector<std::uint64_t> hashes);
  void publish(std::uint64_t hash, std::uint64_t old_offset, Entry entry) {
    publish_loaded(hash, old_offset, entry.offset());
    // After the slot: a reader that notes the list's size and then reads the slots misses nothing
    // that was listed by then.
    written_.append(entry);
  }
  // The same for loading the records of a log, which may be far more than its keys: they are not
  // listed, and the order reads their keys from the slots. Only before the first walk in key order.
  void publish_loaded(std::uint64_t hash, std::uint64_t old_offset, std::uint64_t offset);

  std::uint64_t keys() const { return keys_.load(std::memory_order_relaxed); }
  std::uint64_t bytes() const {
    return bytes_.load(std::memory_order_relaxed) + written_.bytes() + order_.bytes();
  }

  // The keys in order. Available through a const memtable, because it changes nothing that others
  // see.
  MemtableOrder& order() const { return order_; }

  // Visits every key's offset, unordered, until the visitor returns false.
  void visit(FunctionRef<bool(std::uint64_t offset)> visitor) const;

 private:
  static constexpr unsigned kShardBits = 10;
  static constexpr unsigned kHashBits = 23;
  static constexpr unsigned kOffsetBits = 64 - kHashBits;

  static std::uint64_t stored_hash(std::uint64_t hash) {
    return (hash >> (64 - kShardBits - kHashBits)) & ((std::uint64_t{1} << kHashBits) - 1);
  }
  static std::uint64_t hash_of(std::uint64_t word) { return word >> kOffsetBits; }
  static std::uint64_t offset_of(std::uint64_t word) {
    return (word & ((std::uint64_t{1} << kOffsetBits) - 1)) << 3;
  }
  static std::uint64_t word_of(std::uint64_t stored_hash, std::uint64_t offset) {
    return stored_hash << kOffsetBits | offset >> 3;
  }

  // A table as one word: the address of its slots, aligned to 64, and log2 of their number in the
  // low 6 bits. So a probe touches only the shard and the slot.
  class Table {
   public:
    Table() = default;
    explicit Table(std::uintptr_t word) : word_(word) {}
    // A table of 2^log2_size zeroed slots.
    Table(void* slots, unsigned log2_size)
        : word_(reinterpret_cast<std::uintptr_t>(slots) | log2_size) {}

    std::uintptr_t word() const { return word_; }
    explicit operator bool() const { return word_ != 0; }
    std::uint64_t size() const { return std::uint64_t{1} << log2_size(); }
    unsigned log2_size() const { return word_ & 63; }
    Slot& slot(std::uint64_t i) const {
      return reinterpret_cast<Slot*>(word_ & ~std::uintptr_t{63})[i];
    }

    template <class Matcher>
    Slot* probe(std::uint64_t stored, Matcher&& matches) const {
      const std::uint64_t mask = size() - 1;
      for (std::uint64_t i = stored & mask;; i = (i + 1) & mask) {
        const std::uint64_t word = slot(i).load(std::memory_order_acquire);
        if (word == 0) return nullptr;
        if (hash_of(word) == stored && matches(offset_of(word))) return &slot(i);
      }
    }
    Slot* slot_with(std::uint64_t word) const {
      const std::uint64_t mask = size() - 1;
      std::uint64_t i = hash_of(word) & mask;
      for (std::uint64_t there; (there = slot(i).load(std::memory_order_relaxed)) != word;) {
        KV_CHECK(there != 0);
        i = (i + 1) & mask;
      }
      return &slot(i);
    }
    Slot* free_slot(std::uint64_t stored) const {
      const std::uint64_t mask = size() - 1;
      std::uint64_t i = stored & mask;
      while (slot(i).load(std::memory_order_relaxed) != 0) i = (i + 1) & mask;
      return &slot(i);
    }

   private:
    std::uintptr_t word_ = 0;
  };

  static constexpr std::size_t kShards = std::size_t{1} << kShardBits;
  static std::size_t shard_of(std::uint64_t hash) { return hash >> (64 - kShardBits); }
  Table table(std::size_t shard) const {
    return Table(shards_[shard].load(std::memory_order_acquire));
  }
  void reserve_slots(std::uint64_t hash, std::uint64_t count) {
    const std::size_t shard = shard_of(hash);
    const Table there = table(shard);
    const std::uint64_t size = there ? there.size() : 0;
    if ((used_[shard] + count) * 8 > size * 7) [[unlikely]]
      grow(shard, used_[shard] + count);
  }
  void grow(std::size_t shard, std::uint64_t needed);

  std::array<std::atomic<std::uintptr_t>, kShards> shards_{};  // Table::word()
  std::array<std::uint32_t, kShards> used_{};                  // slots in use; accessed by the
                                                               // writer only
  std::atomic<std::uint64_t> keys_{0};
  std::atomic<std::uint64_t> bytes_{0};
  ReclamationEpochs& epochs_;
  Slabs slabs_;
  WriteOrder written_;
  mutable MemtableOrder order_{*this, written_};
};

}  // namespace kvstore::index
