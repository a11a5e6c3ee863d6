// Reads of mapped files that are larger than memory.
//
// The kernel reads around a missing page. That is right if the whole file will soon be in memory,
// but ruinous if it never can be, because each random access then reads, and evicts, up to
// megabytes. So a file that does not fit into memory is mapped for random access (MADV_RANDOM): one
// page for a miss. Readers in order announce themselves, and get read-ahead.
#pragma once

#include <cstdint>

#include "src/file/file_system.h"

namespace kvstore::file {

// Memory that this process can use at most, including page cache: the machine's, or the limit of
// its control groups (cgroups(7), both versions). Determined once.
std::uint64_t memory_limit();

// Detects reads of a file in order, and triggers read-ahead. A value; for one reader.
class ReadAhead {
 public:
  // Call it before a read of bytes [begin, begin + size). A null file: no read-ahead.
  void reads(const LogFile* file, std::uint64_t begin, std::uint64_t size) {
    // Unsigned: a step back is a gap, too, of nearly 2^64 bytes.
    if (begin - next_ > kGap) in_order_ = asked_ = 0;
    in_order_ += size;
    next_ = begin + size;
    if (in_order() && next_ + kAhead > asked_) [[unlikely]]
      ask(file);
  }

  bool in_order() const { return in_order_ >= kInOrder; }

 private:
  static constexpr std::uint64_t kGap = std::uint64_t{64} << 10;  // gap that may be skipped
  // bytes in order before read-ahead begins
  static constexpr std::uint64_t kInOrder = std::uint64_t{64} << 10;
  static constexpr std::uint64_t kAhead = std::uint64_t{1} << 20;

  void ask(const LogFile* file);

  std::uint64_t next_ = 0;      // end of the last read
  std::uint64_t in_order_ = 0;  // bytes read in order
  std::uint64_t asked_ = 0;     // end of the requested read-ahead
};

}  // namespace kvstore::file
