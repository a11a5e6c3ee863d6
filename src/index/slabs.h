// Memory for the memtable's tables: a slab for each table size, with a place for each shard. The
// shards grow at about the same time, so a slab is soon in full use, and when the last shard has
// left it, it is unmapped as a whole. Large slabs use huge pages: a look-up then misses the
// processor's caches, but no page table.
//
// The memory is zeroed; a table's part is touched when place() returns it, not before.
//
// Thread rule: one thread at a time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "src/base/reclamation.h"

namespace kvstore::index {

class Slabs {
 public:
  // For `shards` tables of each size, the smallest with 2^first slots of 8 bytes.
  Slabs(std::size_t shards, unsigned first, ReclamationEpochs& epochs)
      : shards_(shards), first_(first), epochs_(epochs) {}
  ~Slabs();
  Slabs(const Slabs&) = delete;
  Slabs& operator=(const Slabs&) = delete;

  // A shard's place for 2^log2_size slots: to be called once for each. Throws std::bad_alloc.
  void* place(std::size_t shard, unsigned log2_size);
  // Notes that a shard has moved to its place for 2^to slots, from the one for 2^from, or from
  // none. Readers may still use the old one.
  void move(unsigned from, unsigned to) noexcept;

 private:
  static constexpr unsigned kSizes = 64;
  struct Slab {
    void* base = nullptr;
    std::size_t size = 0;
    std::size_t left = 0;              // shards that have outgrown this size
    ReclamationEpochs::Retired unmap;  // allocated before it is needed
  };
  void map(unsigned log2_size);

  const std::size_t shards_;
  const unsigned first_;
  ReclamationEpochs& epochs_;
  std::array<Slab, kSizes> slabs_;
};

}  // namespace kvstore::index
