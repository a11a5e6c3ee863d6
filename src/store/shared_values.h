// Bytes that several live values share because REFs name them (log/reference.h). A base stores them
// once: the first value with these bytes is written, cut where the others need it, and they refer
// to it.
//
// For each chain of records the ends of REF targets in it are recorded. Memory: at most kMost of
// them. Values that refer to more are not recorded, and are written in full.
//
// Thread rule: one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <unordered_map>
#include <vector>

#include "src/log/view.h"
#include "src/store/read_view.h"

namespace kvstore {

class SharedValues {
 public:
  // Bytes [begin, end) of a value. They have the same positions in the chain that begins with the
  // record at offset `chain`.
  struct Stretch {
    std::uint64_t begin = 0, end = 0;
    std::uint64_t chain = 0;
  };
  // Offsets of targets, by the position at which they end.
  using Ends = std::multimap<std::uint64_t, std::uint64_t>;

  // Call it for the newest record of each live value, before any is written. Returns the number of
  // bytes that REFs of the value name. Throws std::bad_alloc.
  std::uint64_t pass(const log::View& view, const log::Record& newest);
  // Call it after all pass() calls: the number of bytes that are named and belong to no live value.
  std::uint64_t others(const ReadView& view) const;
  // The parts of a value; none if the value cannot be read.
  std::vector<Stretch> stretches(const log::View& view, const log::Record& newest) const;
  const Ends& ends(std::uint64_t chain) const;
  bool is_empty() const { return chains_.empty(); }

 private:
  static constexpr std::size_t kMost = std::size_t{1} << 18;
  struct Chain {
    Ends ends;
    std::uint64_t begin = UINT64_MAX, end = 0;  // the part that is named
  };

  std::unordered_map<std::uint64_t, Chain> chains_;
  std::size_t targets_ = 0;
};

}  // namespace kvstore
