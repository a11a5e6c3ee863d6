// Durations of commands by class: writes, reads, and others.
//
// Thread rule: any thread. Threads count in different stripes, to avoid contention for cache lines.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "src/base/buckets.h"
#include "src/command/table.h"

namespace kvstore::server {

class Latencies {
 public:
  using Times = Buckets<kTimeBounds_us>;
  enum class Class : std::uint8_t { kRead, kWrite, kOther };
  static constexpr std::size_t kClasses = 3;
  static constexpr std::string_view kNames[kClasses] = {"read", "write", "other"};

  static Class class_of(const command::Command& row) {
    if (row.has(command::kWrite)) return Class::kWrite;
    return row.has(command::kRead) ? Class::kRead : Class::kOther;
  }
  // Adds `count` commands of a class with a duration in the bucket. `stripe`: any number, constant
  // for one client.
  void add(Class of, std::size_t bucket, std::uint64_t count, std::uint64_t stripe) {
    stripes_[stripe % kStripes].times[static_cast<std::size_t>(of)].add_at(bucket, count);
  }
  // The counts, without the sum.
  BucketCounts read(Class of) const {
    BucketCounts total;
    for (const Stripe& stripe : stripes_) {
      stripe.times[static_cast<std::size_t>(of)].add_to(&total);
    }
    return total;
  }
  void reset() {
    for (Stripe& stripe : stripes_) {
      for (Times& times : stripe.times) times.reset();
    }
  }

 private:
  static constexpr std::size_t kStripes = 8;
  struct alignas(64) Stripe {
    std::array<Times, kClasses> times;
  };
  std::array<Stripe, kStripes> stripes_;
};

}  // namespace kvstore::server
