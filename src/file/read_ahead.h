// Reading a mapped file that is larger than memory.
//
// The kernel reads around what is missing: right where all of a file will be in memory soon, and
// ruinous where it never can be, for each look at random then reads, and evicts, up to megabytes.
// So a file that does not fit into memory is mapped to be read at random (MADV_RANDOM): a page for
// a miss. Who goes over it in order says so, and it is read ahead for him.
#pragma once

#include <cstdint>

#include "src/file/file_system.h"

namespace kvstore::file {

// Bytes of memory that this process can have at most, page cache included: the machine's, or what
// its control groups (cgroups(7), of both versions) leave it. Looked up once.
std::uint64_t memory_limit();

// Notices that somebody reads a file in order, and has what comes next read ahead. A value; one
// reader's.
class ReadAhead {
 public:
  // He reads, or is about to, bytes [begin, begin + size). A null file: nobody is asked.
  void reads(const LogFile* file, std::uint64_t begin, std::uint64_t size) {
    // Unsigned: a step back, too, is a gap, of nearly 2^64 bytes.
    if (begin - next_ > kGap) in_order_ = asked_ = 0;
    in_order_ += size;
    next_ = begin + size;
    if (in_order() && next_ + kAhead > asked_) [[unlikely]]
      ask(file);
  }

  bool in_order() const { return in_order_ >= kInOrder; }

 private:
  static constexpr std::uint64_t kGap = std::uint64_t{64} << 10;      // may be skipped
  static constexpr std::uint64_t kInOrder = std::uint64_t{64} << 10;  // before it is believed
  static constexpr std::uint64_t kAhead = std::uint64_t{1} << 20;

  void ask(const LogFile* file);

  std::uint64_t next_ = 0;      // where the last read ended
  std::uint64_t in_order_ = 0;  // bytes that were read so
  std::uint64_t asked_ = 0;     // up to where it was asked for
};

}  // namespace kvstore::file
