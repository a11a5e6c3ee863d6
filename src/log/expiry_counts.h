// How many keys expire when: expiries in order, each with the number of keys that
// have it. So the number of live keys is known without visiting one.
//
// A pure value; not thread-safe. Times are milliseconds since 1970.
#pragma once

#include <cstdint>
#include <map>

namespace kvstore {

class ExpiryCounts {
 public:
  // One more key expires then; throws std::bad_alloc and changes nothing.
  void add(std::uint64_t expires) {
    ++counts_[expires];
    ++keys_;
  }
  // One that was added and not taken yet.
  void remove(std::uint64_t expires);
  // Takes out what expires at or before `until`, at most `limit` different
  // expiries. Returns how many keys that were.
  std::uint64_t take(std::uint64_t until, std::uint64_t limit);

  // Of as many keys as all() told of; after a restore.
  void add(std::uint64_t expires, std::uint64_t keys) {
    counts_[expires] += keys;
    keys_ += keys;
  }
  void restore_taken(std::uint64_t until) { taken_until_ = until; }
  const std::map<std::uint64_t, std::uint64_t>& all() const { return counts_; }

  // What is at or before it was taken, and is not counted here any more.
  std::uint64_t taken_until() const { return taken_until_; }
  void forget_taken() { taken_until_ = 0; }

  std::uint64_t keys() const { return keys_; }
  std::uint64_t bytes() const { return counts_.size() * kNodeSize; }

 private:
  static constexpr std::uint64_t kNodeSize = 64;  // of std::map, with malloc's share

  std::map<std::uint64_t, std::uint64_t> counts_;
  std::uint64_t keys_ = 0;
  std::uint64_t taken_until_ = 0;
};

}  // namespace kvstore
