// The new places of the bytes that REFs of an old log name.
//
// BaseWriter writes these bytes into the base and notes here which place stands for which target.
// TailCopy does so for those that it has to write itself. A copied REF then names the new place. If
// there are too many targets to note, the bytes are written in place of the REF.
//
// Thread rule: one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>

namespace kvstore {

class MovedTargets {
 public:
  struct Place {
    std::uint64_t offset = 0;  // of the record that ends where the target does
    std::uint64_t begin = 0;   // from this position on the values are the same
  };
  // `target` is the offset in the old log. Throws std::bad_alloc.
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
