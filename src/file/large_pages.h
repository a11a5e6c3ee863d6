// Has the page cache hold parts of a file in large pages, where the kernel and the file system have
// them (Linux: transparent huge pages, and a file system with large folios, as ext4 from 6.16 and
// xfs). A mapping shows such a part by one entry of the page table, so that looking there at random
// costs a miss in the processor's caches, but none in the page tables.
#pragma once

#include <cstdint>

#include "src/file/descriptor.h"

namespace kvstore::file {

class LargePages {
 public:
  // Of a file that is open for writing, and must stay open. Opens it once more: with pages of which
  // size the kernel reads depends on what was last read through a descriptor, so this one has its
  // own.
  explicit LargePages(int fd);

  // A wish: whole blocks of kLargePage in [begin, end), which is below the file's size, are made
  // large pages that can be written to. Pages that are in the cache stay as they are. One thread at a time.
  void make(std::uint64_t begin, std::uint64_t end) const;

 private:
  Descriptor fd_;  // none: the wish is not granted
};

}  // namespace kvstore::file
