// One block of a segment: sorted entries in private memory.
//
// A block is copied before it is verified, so that later changes of the file have no effect. Keys
// are decoded sixteen at a time, from one restart to the next, so that a step is usually an index
// operation.
//
// Thread rule: one thread. Views are valid until the next load() or decode().
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "src/index/entry.h"
#include "src/index/segment_format.h"

namespace kvstore::index {

// A growable buffer of uninitialised bytes.
class ScratchBytes {
 public:
  // At least `size` bytes; the former content is lost. Throws std::bad_alloc, and keeps the old
  // buffer.
  std::uint8_t* reserve(std::size_t size) {
    if (size > size_) {
      bytes_ = std::make_unique_for_overwrite<std::uint8_t[]>(size);
      size_ = size;
    }
    return bytes_.get();
  }

 private:
  std::unique_ptr<std::uint8_t[]> bytes_;
  std::size_t size_ = 0;
};

// The entries from one restart to the next.
class DecodedEntries {
 public:
  unsigned count() const { return count_; }
  std::string_view key(unsigned i) const {
    return {reinterpret_cast<const char*>(keys_) + begins_[i], begins_[i + 1] - begins_[i]};
  }
  Entry entry(unsigned i) const { return Entry(words_[i]); }
  // The first entry that is not before `key`; count() if there is none.
  unsigned lower_bound(std::string_view key) const;

 private:
  friend class SegmentBlock;
  unsigned count_ = 0;
  const std::uint8_t* keys_ = nullptr;
  std::array<std::uint32_t, SegmentFormat::kRestartEvery + 1> begins_;
  std::array<std::uint64_t, SegmentFormat::kRestartEvery> words_;
  ScratchBytes memory_;
};

class SegmentBlock {
 public:
  // Copies and verifies the block of `size` bytes. False: it is invalid, and no block is loaded.
  // Throws std::bad_alloc, and then no block is loaded either.
  bool load(const std::uint8_t* bytes, std::size_t size, std::uint32_t seed,
            const SegmentHeader& segment);
  void unload() { entries_ = 0; }

  unsigned entries() const { return entries_; }
  unsigned restarts() const {
    return (entries_ + SegmentFormat::kRestartEvery - 1) / SegmentFormat::kRestartEvery;
  }
  // The last restart whose key is not after `key`; 0 if there is none.
  unsigned restart_of(std::string_view key) const;
  // Decodes the entries from a restart on. False: they are invalid (possible despite a valid
  // checksum, in a forged file). Throws std::bad_alloc.
  bool decode(unsigned restart, DecodedEntries* decoded) const;

 private:
  bool parse(std::size_t size);
  bool restarts_are_valid() const;
  std::size_t restart_position(unsigned restart) const;
  std::size_t end_of(unsigned restart) const;
  std::string_view restart_key(unsigned restart) const;
  bool decode_keys(unsigned restart, DecodedEntries* decoded) const;
  bool decode_words(unsigned restart, DecodedEntries* decoded) const;

  ScratchBytes memory_;
  const std::uint8_t* bytes_ = nullptr;
  unsigned entries_ = 0;
  unsigned width_ = 0;        // of a word
  std::size_t words_at_ = 0;  // end of the keys
  std::size_t restarts_at_ = 0;
  std::uint64_t base_ = 0;      // lowest offset
  std::uint64_t max_back_ = 0;  // limit for the distance of offsets from it, / 8
};

}  // namespace kvstore::index
