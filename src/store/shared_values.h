// What several live values show: the bytes that REFs name (log/reference.h). A base has them once.
// The first value that shows them is written, cut where others need it; those refer to it.
//
// Of a chain of records it is noted where targets of REFs end in it. Memory: kMost of those; values
// that name others are not known, and written out.
//
// Thread rule: one thread's at a time.
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
  // Bytes [begin, end) of a value, which stand at these positions in the chain that the record at
  // offset `chain` begins.
  struct Stretch {
    std::uint64_t begin = 0, end = 0;
    std::uint64_t chain = 0;
  };
  // By where they end: offsets of targets.
  using Ends = std::multimap<std::uint64_t, std::uint64_t>;

  // Of each live value, by its newest record, before any is written. Returns how many of its bytes
  // are named by it. Throws std::bad_alloc.
  std::uint64_t pass(const log::View& view, const log::Record& newest);
  // After all: bytes that are named, and are no live value's own.
  std::uint64_t others(const ReadView& view) const;
  // What a value consists of; of one that cannot be read, nothing.
  std::vector<Stretch> stretches(const log::View& view, const log::Record& newest) const;
  const Ends& ends(std::uint64_t chain) const;
  bool is_empty() const { return chains_.empty(); }

 private:
  static constexpr std::size_t kMost = std::size_t{1} << 18;
  struct Chain {
    Ends ends;
    std::uint64_t begin = UINT64_MAX, end = 0;  // of it what is named
  };

  std::unordered_map<std::uint64_t, Chain> chains_;
  std::size_t targets_ = 0;
};

}  // namespace kvstore
