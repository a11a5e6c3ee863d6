// Tracks which keys exist while clients insert more. Keys are numbers from 0 on.
//
// Thread rule: any threads; each client has its own index.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <vector>

namespace kvstore::bench {

class KeySpace {
 public:
  KeySpace(std::uint64_t keys, unsigned clients) : next_(keys), lowest_(clients) {}

  // Returns a new number. Until the client calls settled(), its key, and those of the numbers that
  // the
  // client takes meanwhile, may or may not exist.
  std::uint64_t take(unsigned client) {
    std::atomic<std::uint64_t>& lowest = lowest_[client].number;
    // This is stored before the number is taken, so that a thread that sees the new count sees it,
    // too.
    if (lowest.load() == kNone) lowest.store(next_.load());
    return next_.fetch_add(1);
  }
  void settled(unsigned client) { lowest_[client].number.store(kNone); }

  // All keys below this number exist.
  std::uint64_t there() const {
    std::uint64_t end = next_.load();
    for (const Lowest& lowest : lowest_) end = std::min(end, lowest.number.load());
    return end;
  }
  // No key at or above this number was ever written.
  std::uint64_t taken() const { return next_.load(); }

 private:
  static constexpr std::uint64_t kNone = UINT64_MAX;
  struct alignas(64) Lowest {
    std::atomic<std::uint64_t> number{kNone};
  };
  std::atomic<std::uint64_t> next_;
  std::vector<Lowest> lowest_;
};

}  // namespace kvstore::bench
