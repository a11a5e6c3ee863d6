// Which keys are there, while clients insert more: numbers from 0 on.
//
// Thread rule: any threads; each client has an index of its own.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <vector>

namespace kvstore::bench {

class KeySpace {
 public:
  KeySpace(std::uint64_t keys, unsigned clients) : next_(keys), lowest_(clients) {}

  // A new number. Until the client says settled() its key may be there or not, and those of
  // the numbers that it takes meanwhile.
  std::uint64_t take(unsigned client) {
    std::atomic<std::uint64_t>& lowest = lowest_[client].number;
    // Before the number is taken: whoever sees the count after it sees this, too.
    if (lowest.load() == kNone) lowest.store(next_.load());
    return next_.fetch_add(1);
  }
  void settled(unsigned client) { lowest_[client].number.store(kNone); }

  // All keys below it are there.
  std::uint64_t there() const {
    std::uint64_t end = next_.load();
    for (const Lowest& lowest : lowest_) end = std::min(end, lowest.number.load());
    return end;
  }
  // No key from it on was ever written.
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
