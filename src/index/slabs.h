// Memory for the memtable's tables: a slab for each size of table, with a place in it for
// each shard's. The shards grow at about the same time, so a slab is in full use soon, and
// when the last shard has left it, it goes back to the system as a whole. Large slabs ask for
// huge pages: a look-up then misses the processor's caches, but no page table.
//
// Memory comes zeroed, and a table's is touched as its place is taken, not before.
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
  // For `shards` tables of each size, of which the smallest has 2^first slots of 8 bytes.
  Slabs(std::size_t shards, unsigned first, ReclamationEpochs& epochs)
      : shards_(shards), first_(first), epochs_(epochs) {}
  ~Slabs();
  Slabs(const Slabs&) = delete;
  Slabs& operator=(const Slabs&) = delete;

  // A shard's place for 2^log2_size slots: to be called once for each. Throws std::bad_alloc.
  void* place(std::size_t shard, unsigned log2_size);
  // A shard has moved to its place for tables of 2^to slots; 2^from before, or from nowhere.
  // Readers may still be in the old one.
  void move(unsigned from, unsigned to) noexcept;

 private:
  static constexpr unsigned kSizes = 64;
  struct Slab {
    void* base = nullptr;
    std::size_t size = 0;
    std::size_t left = 0;              // shards that are past this size
    ReclamationEpochs::Retired unmap;  // made before it is needed
  };
  void map(unsigned log2_size);

  const std::size_t shards_;
  const unsigned first_;
  ReclamationEpochs& epochs_;
  std::array<Slab, kSizes> slabs_;
};

}  // namespace kvstore::index
