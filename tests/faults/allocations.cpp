#include "tests/faults/allocations.h"

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>

#include "tests/faults/system_calls.h"

namespace kvstore::test {
namespace {

std::atomic<bool> g_armed{false};
std::atomic<std::uint64_t> g_count{0}, g_failed{0};
Shortage g_shortage;
thread_local bool t_armed = false;

}  // namespace

bool allocation_fails() {
  if (!g_armed || Exempt::on() || !(t_armed || g_shortage.all_threads)) return false;
  const std::uint64_t number = ++g_count;
  const bool hit = g_shortage.for_ever ? number >= g_shortage.allocation
                                       : number == g_shortage.allocation;
  if (g_shortage.allocation == 0 || !hit) return false;
  ++g_failed;
  return true;
}

namespace {

void* allocate(std::size_t size, std::size_t alignment) {
  if (allocation_fails()) throw std::bad_alloc();
  const std::size_t whole = (size + alignment - 1) / alignment * alignment;
  void* const memory = std::aligned_alloc(alignment, whole);
  if (memory == nullptr || whole < size) throw std::bad_alloc();
  return memory;
}

}  // namespace

void arm_shortage(const Shortage& shortage) {
  g_shortage = shortage;
  g_count = 0;
  g_failed = 0;
  t_armed = true;
  g_armed = true;
}

void disarm_shortage() {
  g_armed = false;
  t_armed = false;
}

std::uint64_t shortages() { return g_failed; }

}  // namespace kvstore::test

// The C++ library's other forms call these.
void* operator new(std::size_t size) {
  return kvstore::test::allocate(size == 0 ? 1 : size, alignof(std::max_align_t));
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  return kvstore::test::allocate(size == 0 ? 1 : size, static_cast<std::size_t>(alignment));
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  try {
    return ::operator new(size);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
