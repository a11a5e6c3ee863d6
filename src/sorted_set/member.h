// A member of a sorted set in memory: its name and its score. It is shared by leaves of all
// versions of a set, and freed with the last reference. The score changes only while there is no
// other reference.
//
// Thread rule: read on any thread that holds a reference.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <string_view>

namespace kvstore::sorted_set {

class Blob {
 public:
  // Has one reference. Throws std::bad_alloc.
  static Blob* make(std::string_view name, double score) {
    return new (::operator new(sizeof(Blob) + name.size())) Blob(name, score);
  }
  void share() { references_.fetch_add(1, std::memory_order_relaxed); }
  void release() {
    if (references_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
    this->~Blob();
    ::operator delete(this);
  }

  bool is_shared() const { return references_.load(std::memory_order_acquire) != 1; }

  double score() const { return score_; }
  void set_score(double score) { score_ = score; }
  std::string_view name() const { return {reinterpret_cast<const char*>(this + 1), size_}; }
  // Bytes of memory, with the allocator's overhead.
  std::size_t bytes() const { return bytes_for(size_); }
  static std::size_t bytes_for(std::size_t name_size) {
    return (sizeof(Blob) + name_size + sizeof(std::size_t) + 15) / 16 * 16;
  }

 private:
  Blob(std::string_view name, double score)
      : size_(static_cast<std::uint32_t>(name.size())), score_(score) {
    std::memcpy(static_cast<void*>(this + 1), name.data(), name.size());
  }

  std::atomic<std::uint32_t> references_{1};
  const std::uint32_t size_;
  double score_;
};
static_assert(sizeof(Blob) == 16);

}  // namespace kvstore::sorted_set
