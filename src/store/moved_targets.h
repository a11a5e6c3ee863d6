// Where a new log has the bytes that REFs of the old one name.
//
// BaseWriter writes them into the base, and notes here what stands for which target; so does
// TailCopy of those that it has to write out. A REF that is copied names that. What is not noted,
// for there are too many, is written out instead.
//
// Thread rule: one thread's at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>

namespace kvstore {

class MovedTargets {
 public:
  struct Place {
    std::uint64_t offset = 0;  // of the record that ends as the target does
    std::uint64_t begin = 0;   // from this position on the values are the same
  };
  // By the target's offset in the old log. Throws std::bad_alloc.
  void add(std::uint64_t target, const Place& place) {
    if (places_.size() < kMost) places_.try_emplace(target, place);
  }
  std::optional<Place> find(std::uint64_t target) const {
    const auto found = places_.find(target);
    return found == places_.end() ? std::nullopt : std::optional(found->second);
  }

 private:
  static constexpr std::size_t kMost = std::size_t{1} << 18;
  std::unordered_map<std::uint64_t, Place> places_;
};

}  // namespace kvstore
