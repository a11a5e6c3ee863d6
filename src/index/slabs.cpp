#include "src/index/slabs.h"

#include <sys/mman.h>

#include <new>

#include "src/index/zeroed_memory.h"

namespace kvstore::index {
namespace {

constexpr std::size_t kSlotSize = 8;
constexpr std::size_t kHugePage = std::size_t{2} << 20;

std::byte* aligned(void* address, std::size_t alignment) {
  const auto at = reinterpret_cast<std::uintptr_t>(address);
  return reinterpret_cast<std::byte*>((at + alignment - 1) / alignment * alignment);
}

// A page that is read before it is written is the system's page of zeros first, and replacing
// that by one of its own interrupts all processors: a write first takes its own at once.
void take_pages(std::byte* begin, std::size_t size) {
  constexpr std::size_t kPage = 4096;
  for (std::size_t at = 0; at < size; at += kPage) {
    *static_cast<volatile std::byte*>(begin + at) = std::byte{0};
  }
}

}  // namespace

Slabs::~Slabs() {
  for (Slab& slab : slabs_) {
    if (slab.base) unmap(slab.base, slab.size);
  }
}

void Slabs::map(unsigned log2_size) {
  Slab& slab = slabs_[log2_size];
  const std::size_t used = shards_ * kSlotSize << log2_size;
  // For a small slab most of a huge page would be unused.
  const bool huge = used >= 2 * kHugePage;
  const std::size_t size = huge ? used + kHugePage : used;
  void* const base = map_zeroed(size);
  try {
    slab.unmap.emplace_back([base, size] { unmap(base, size); });
  } catch (const std::bad_alloc&) {
    unmap(base, size);
    throw;
  }
  if (huge) ::madvise(base, size, MADV_HUGEPAGE);  // only a hint
  slab.base = base;
  slab.size = size;
}

void* Slabs::place(std::size_t shard, unsigned log2_size) {
  Slab& slab = slabs_[log2_size];
  if (!slab.base) map(log2_size);
  const std::size_t used = shards_ * kSlotSize << log2_size;
  std::byte* const first =
      used < slab.size ? aligned(slab.base, kHugePage) : static_cast<std::byte*>(slab.base);
  std::byte* const place = first + (shard * kSlotSize << log2_size);
  take_pages(place, kSlotSize << log2_size);
  return place;
}

void Slabs::move(unsigned from, unsigned to) noexcept {
  for (unsigned size = from == 0 ? first_ : from; size < to; ++size) {
    Slab& slab = slabs_[size];
    if (++slab.left < shards_ || !slab.base) continue;
    slab.base = nullptr;
    epochs_.retire(std::move(slab.unmap));
  }
}

}  // namespace kvstore::index
