// Counts keys by expiry, in order, so that the number of live keys is known without visiting them.
//
// Memory is bounded: above kMost different expiries, adjacent ones are counted together in buckets
// of a *grain* of milliseconds, a power of two. A bucket is identified by its end: it has the
// expiries within one grain up to that end. While time passes through a bucket with keys, it is not
// known how many of them have expired: see splits().
//
// A pure value; not thread-safe. Times are milliseconds since 1970.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>

namespace kvstore::log {

class ExpiryCounts {
 public:
  static constexpr std::size_t kMost = 65536;
  static constexpr std::uint64_t kMostGrain = std::uint64_t{1} << 52;
  static bool is_grain(std::uint64_t grain) {
    return grain != 0 && grain <= kMostGrain && (grain & (grain - 1)) == 0;
  }
  // The end of the bucket for an expiry.
  static std::uint64_t bucket(std::uint64_t expires, std::uint64_t grain) {
    return expires > UINT64_MAX - grain ? UINT64_MAX : (expires + grain - 1) & ~(grain - 1);
  }

  // Empty, with buckets of this grain.
  explicit ExpiryCounts(std::uint64_t grain = 1) : grain_(grain) {}

  // Adds keys with that expiry. Throws std::bad_alloc, and then changes nothing.
  void add(std::uint64_t expires, std::uint64_t keys = 1) {
    counts_[bucket(expires, grain_)] += keys;
    keys_ += keys;
    if (counts_.size() > kMost) [[unlikely]]
      widen();
  }
  // Removes a key that was added and not taken yet.
  void remove(std::uint64_t expires);
  // Takes out the keys that expire at or before `until`, of at most `limit` different expiries.
  // Returns their number.
  std::uint64_t take(std::uint64_t until, std::uint64_t limit);
  // After take(): whether some of the remaining keys may have expired by then, too.
  bool splits(std::uint64_t until) const {
    return !counts_.empty() && counts_.begin()->first - until < grain_;
  }

  void restore_taken(std::uint64_t until) { taken_until_ = until; }
  const std::map<std::uint64_t, std::uint64_t>& all() const { return counts_; }
  std::uint64_t grain() const { return grain_; }

  // Everything at or before this was taken, and is not counted any more.
  std::uint64_t taken_until() const { return taken_until_; }
  void forget_taken() { taken_until_ = 0; }

  std::uint64_t keys() const { return keys_; }
  std::uint64_t bytes() const { return counts_.size() * kNodeSize; }

 private:
  static constexpr std::uint64_t kNodeSize = 64;  // of std::map, with the allocator's overhead
  void widen() noexcept;

  std::map<std::uint64_t, std::uint64_t> counts_;
  std::uint64_t grain_;
  std::uint64_t keys_ = 0;
  std::uint64_t taken_until_ = 0;
};

}  // namespace kvstore::log
