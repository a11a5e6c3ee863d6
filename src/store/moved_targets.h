// Where a base has the values that REFs of the log before it name.
//
// A base has no REFs: BaseWriter writes their bytes, and notes here what stands for which target;
// so does TailCopy of those that it has to write out. A REF that is copied behind it then names
// that. What is not noted, for there are too many, is written out instead.
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
  // Offsets in the old log and in the new one. Throws std::bad_alloc.
  void add(std::uint64_t from, std::uint64_t to) {
    if (to_.size() < kMost) to_.try_emplace(from, to);
  }
  std::optional<std::uint64_t> find(std::uint64_t from) const {
    const auto found = to_.find(from);
    return found == to_.end() ? std::nullopt : std::optional(found->second);
  }

 private:
  static constexpr std::size_t kMost = std::size_t{1} << 18;
  std::unordered_map<std::uint64_t, std::uint64_t> to_;
};

}  // namespace kvstore
