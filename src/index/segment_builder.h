// Builds a segment: first in private memory, then at its place in the file.
//
//   SegmentBuilder builder(binding, hash_seed);
//   builder.add(key, hash, entry);            // keys strictly ascending
//   const std::uint64_t size = builder.size();
//   ... reserve that many bytes of the log ...
//   builder.store(bytes, at);
//
// The stored bytes are not synced, and must be before a reader uses them.
//
// Private memory until store(): about 20 bytes a key, and the size of the keys in blocks.
//
// Thread rule: one thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "src/index/entry.h"
#include "src/index/segment_format.h"

namespace kvstore::index {

class SegmentBuilder {
 public:
  SegmentBuilder(const log::Binding& binding, std::uint64_t hash_seed);

  // `key` must be higher than the last one, with at most 65,535 bytes; `hash` is hash_key(key,
  // hash_seed); the entry's offset must be below 2^48. The caller keeps estimated_size() below 1
  // GiB. Throws std::bad_alloc; then only clear() and the destructor may be called.
  void add(std::string_view key, std::uint64_t hash, Entry entry);

  std::uint64_t keys() const { return slots_.size(); }
  // The size of the body if no further key is added, to within a few KiB.
  std::uint64_t estimated_size() const;
  // There must be at least one key.
  const std::string& first_key() const { return first_key_; }
  const std::string& last_key() const { return last_key_; }

  // Ends the keys; returns the exact size of the body, a multiple of 8, wherever it will be. There
  // must be at least one key. Throws std::bad_alloc.
  std::uint64_t size();
  // Writes exactly size() bytes to `to`, which is at offset `at` of the file (a multiple of 8).
  // Only after size(). Cannot fail.
  void store(std::uint8_t* to, std::uint64_t at) const;

  // Resets it; keeps the memory for the next segment.
  void clear();

 private:
  struct Slot {
    std::uint64_t hash;
    std::uint64_t offset;
  };
  // The block that is being filled; its keys are already in blocks_.
  struct OpenBlock {
    std::uint32_t begin = 0;
    std::uint64_t lowest = 0, highest = 0;  // offsets
    std::vector<std::uint64_t> words;       // Entry::word()
    std::vector<std::uint16_t> restarts;    // offsets in the block, except the first
  };

  bool fits_open_block(std::size_t shared, std::size_t key_size, std::uint64_t offset) const;
  void begin_block(std::string_view key, std::uint64_t offset);
  void end_block();
  void put_key(std::string_view key, std::size_t shared);
  void put_words(unsigned width);
  std::uint64_t sparse_size(std::size_t common) const;
  void store_blocks(std::uint8_t* body, const SegmentSeeds& seeds) const;
  void store_sparse(std::uint8_t* body, const SegmentSeeds& seeds) const;
  void store_directory(std::uint8_t* directory, const DirectoryShape& shape,
                       const SegmentSeeds& seeds) const;

  const log::Binding binding_;
  SegmentHeader header_;
  std::vector<std::uint8_t> blocks_;       // complete blocks, without checksums
  std::vector<std::uint32_t> positions_;   // offsets of the blocks in blocks_
  std::vector<std::uint16_t> separators_;  // sizes of the separators
  std::string separator_bytes_;
  OpenBlock open_;
  std::vector<Slot> slots_;
  std::uint64_t lowest_ = 0, highest_ = 0;  // offsets
  std::string first_key_, last_key_;
  std::size_t common_ = 0;  // length of the prefix that all keys share
};

}  // namespace kvstore::index
