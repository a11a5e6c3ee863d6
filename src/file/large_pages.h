// Makes the page cache hold parts of a file in huge pages, where the kernel and the file system
// support them (Linux: transparent huge pages, and a file system with large folios, such as ext4
// from 6.16 and xfs). A mapping needs one page-table entry for such a part, so a random access
// there may miss the processor's caches, but not the page tables.
#pragma once

#include <cstdint>

#include "src/file/descriptor.h"

namespace kvstore::file {

class LargePages {
 public:
  // For a file that is open for writing, and must stay open. Opens it once more, because the page
  // size that the kernel reads depends on the last reads through the same descriptor.
  explicit LargePages(int fd);

  // A hint: makes writable huge pages of the whole blocks of kLargePage in [begin, end), which must
  // be below the file's size. Cached pages do not change. One thread at a time.
  void make(std::uint64_t begin, std::uint64_t end) const;

 private:
  Descriptor fd_;  // none: it is not supported
};

}  // namespace kvstore::file
