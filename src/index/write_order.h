// The entries of a memtable in the order of writing: what its order is made from
// (memtable_order.h). A writer pays one store for it, and now and then a page of memory.
//
// Chunks double in size, so few of them reach any number of entries, and none ever moves.
//
// Thread rule: one writer reserves and appends; size(), each() and bytes() from any thread.
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

  // Memory for `count` more: until as many are appended, append() cannot fail. Throws
  // std::bad_alloc and changes nothing that shows.
  void reserve(std::uint64_t count) {
    if (count > reserved_ - size_.load(std::memory_order_relaxed)) [[unlikely]]
      grow(count);
  }
  void append(Entry entry) {
    const std::uint64_t size = size_.load(std::memory_order_relaxed);
    if (next_ == chunk_end_) [[unlikely]]
      enter_chunk(size);
    *next_++ = entry.word();
    // Release: who sees the size sees the entries below it, and their records.
    size_.store(size + 1, std::memory_order_release);
  }

  std::uint64_t size() const { return size_.load(std::memory_order_acquire); }
  std::uint64_t bytes() const { return size() * sizeof(std::uint64_t); }  // of memory in use
  // Calls visitor(entry) for those numbered [begin, end), of which size() was told before.
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
  // The writer's.
  std::uint64_t* next_ = nullptr;
  std::uint64_t* chunk_end_ = nullptr;
  std::uint64_t reserved_ = 0;  // entries there is memory for

  std::array<std::atomic<std::uint64_t*>, kChunks> chunks_{};
};

}  // namespace kvstore::index
