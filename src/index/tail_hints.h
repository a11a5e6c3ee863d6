// Hints for keys with long chains: the offsets of their newest records and of the skip blocks
// before them, so that a reader can prefetch both before it has found either. A hint may be stale,
// or another key's; it is used for prefetching only.
//
// A fixed number of places, which are overwritten by later keys: 256 KiB.
//
// Thread rule: any thread.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "src/base/prefetch.h"

namespace kvstore::index {

class TailHints {
 public:
  // Throws std::bad_alloc.
  TailHints();
  ~TailHints();
  TailHints(const TailHints&) = delete;
  TailHints& operator=(const TailHints&) = delete;

  void note(std::uint64_t hash, std::uint64_t newest, std::uint64_t skip) {
    Place& place = places_[hash % kPlaces];
    const std::uint64_t word = word_of(hash, newest);
    if (place.newest.load(std::memory_order_relaxed) == word) return;  // as a reader finds it
    place.newest.store(word, std::memory_order_relaxed);
    place.skip.store(word_of(hash, skip), std::memory_order_relaxed);
  }

  // Bytes of the log below `limit` must exist.
  void prefetch(std::uint64_t hash, const std::uint8_t* log, std::uint64_t limit) const {
    const Place& place = places_[hash % kPlaces];
    const std::uint64_t newest = place.newest.load(std::memory_order_relaxed);
    if (newest >> kOffsetBits != hash >> kOffsetBits) return;
    prefetch_lines(log, offset_of(newest), kHeadLines, limit);
    prefetch_lines(log, offset_of(place.skip.load(std::memory_order_relaxed)), kSkipBlockLines,
                   limit);
  }

 private:
  static constexpr std::size_t kPlaces = std::size_t{1} << 14;
  static constexpr unsigned kHeadLines = 4, kSkipBlockLines = 8;
  static constexpr unsigned kOffsetBits = 41;  // bits of an offset in units of 8 bytes

  struct Place {
    std::atomic<std::uint64_t> newest, skip;  // the hash's upper bits, and an offset
  };
  static std::uint64_t word_of(std::uint64_t hash, std::uint64_t offset) {
    return hash >> kOffsetBits << kOffsetBits | offset >> 3;
  }
  static std::uint64_t offset_of(std::uint64_t word) {
    return (word & ((std::uint64_t{1} << kOffsetBits) - 1)) << 3;
  }
  Place* const places_;  // zeroed pages, untouched at first
};

}  // namespace kvstore::index
