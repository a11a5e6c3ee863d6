#include "src/index/write_order.h"

#include "src/base/check.h"
#include "src/index/zeroed_memory.h"

namespace kvstore::index {

WriteOrder::~WriteOrder() {
  for (unsigned chunk = 0; chunk < kChunks; ++chunk) {
    std::uint64_t* const words = chunks_[chunk].load(std::memory_order_relaxed);
    if (words) unmap(words, bytes_of(chunk));
  }
}

void WriteOrder::grow(std::uint64_t count) {
  while (count > reserved_ - size_.load(std::memory_order_relaxed)) {
    const unsigned chunk = chunk_of(reserved_);
    if (chunk == kChunks) throw std::bad_alloc();
    // Release: readers get here by a size that was published after this.
    chunks_[chunk].store(static_cast<std::uint64_t*>(map_zeroed(bytes_of(chunk))),
                         std::memory_order_release);
    reserved_ = begin_of(chunk + 1);
  }
}

void WriteOrder::enter_chunk(std::uint64_t number) {
  const unsigned chunk = chunk_of(number);
  KV_CHECK(number < reserved_ && number == begin_of(chunk));
  next_ = chunks_[chunk].load(std::memory_order_relaxed);
  chunk_end_ = next_ + (begin_of(chunk + 1) - begin_of(chunk));
}

}  // namespace kvstore::index
