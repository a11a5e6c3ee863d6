// The entries of a memtable in write order, from which its key order is built (memtable_order.h). A
// writer pays one store for each, and a page of memory from time to time.
//
// Chunks double in size, so a few suffice for any number of entries, and none ever moves.
//
// Thread rule: one writer reserves and appends; size(), each() and bytes() on any thread.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "src/index/entry.h"

namespace kvstore::index {

class WriteOrder {
 public:
  WriteOrder() = default;
  ~WriteOrder();
  WriteOrder(const WriteOrder&) = delete;
  WriteOrder& operator=(const WriteOrder&) = delete;

  // Reserves memory for `count` more: then append() cannot fail for as many. Throws std::bad_alloc,
  // and then nothing visible has changed.
  void reserve(std::uint64_t count) {
    if (count > reserved_ - size_.load(std::memory_order_relaxed)) [[unlikely]]
      grow(count);
  }
  void append(Entry entry) {
    const std::uint64_t size = size_.load(std::memory_order_relaxed);
    if (next_ == chunk_end_) [[unlikely]]
      enter_chunk(size);
    *next_++ = entry.word();
    // Release: a reader that sees the size sees the entries below it, and their records.
    size_.store(size + 1, std::memory_order_release);
  }

  std::uint64_t size() const { return size_.load(std::memory_order_acquire); }
  std::uint64_t bytes() const { return size() * sizeof(std::uint64_t); }  // of memory in use
  // Calls visitor(entry) for the entries [begin, end); `end` must not exceed an earlier size().
  template <class Visitor>
  void each(std::uint64_t begin, std::uint64_t end, Visitor&& visitor) const {
    while (begin < end) {
      const unsigned chunk = chunk_of(begin);
      const std::uint64_t* const words = chunks_[chunk].load(std::memory_order_acquire);
      const std::uint64_t first = begin_of(chunk), stop = std::min(end, begin_of(chunk + 1));
      for (; begin < stop; ++begin) visitor(Entry(words[begin - first]));
    }
  }

 private:
  static constexpr unsigned kFirstBits = 14;  // the first chunk has 2^14 entries: 128 KiB
  static constexpr unsigned kChunks = 40;
  static unsigned chunk_of(std::uint64_t number) {
    return static_cast<unsigned>(std::bit_width(number >> kFirstBits));
  }
  static std::uint64_t begin_of(unsigned chunk) {
    return chunk == 0 ? 0 : std::uint64_t{1} << (kFirstBits + chunk - 1);
  }
  static std::size_t bytes_of(unsigned chunk) {
    return (begin_of(chunk + 1) - begin_of(chunk)) * sizeof(std::uint64_t);
  }
  void grow(std::uint64_t count);
  void enter_chunk(std::uint64_t number);

  std::atomic<std::uint64_t> size_{0};
  // Used by the writer.
  std::uint64_t* next_ = nullptr;
  std::uint64_t* chunk_end_ = nullptr;
  std::uint64_t reserved_ = 0;  // number of entries that fit

  std::array<std::atomic<std::uint64_t*>, kChunks> chunks_{};
};

}  // namespace kvstore::index
