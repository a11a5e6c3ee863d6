#include "src/file/large_pages.h"

#include <fcntl.h>
#include <sys/mman.h>

#include <fmt/format.h>

#include "src/file/file_system.h"

namespace kvstore::file {
namespace {

// A mapping with advice for huge pages gets one for what it reads. The file's own mapping must not
// have that advice: it would read 2 MiB for each missing page. The window is advised to read at
// random, to avoid read-ahead of the next pages; and it is written to, because otherwise the page
// would keep a mark at which the next reader reads ahead, in small pages if that is the file's own
// mapping.
bool make_large_page(int fd, std::uint64_t begin) {
  void* const window =
      ::mmap(nullptr, kLargePage, PROT_READ | PROT_WRITE, MAP_SHARED, fd, static_cast<off_t>(begin));
  if (window == MAP_FAILED) return false;
  const bool done = ::madvise(window, kLargePage, MADV_RANDOM) == 0 &&
                    ::madvise(window, kLargePage, MADV_HUGEPAGE) == 0 &&
                    ::madvise(window, kLargePage, MADV_POPULATE_WRITE) == 0;
  ::munmap(window, kLargePage);
  return done;
}

}  // namespace

LargePages::LargePages(int fd)
    : fd_(::open(fmt::format("/proc/self/fd/{}", fd).c_str(), O_RDWR | O_CLOEXEC)) {}

void LargePages::make(std::uint64_t begin, std::uint64_t end) const {
  if (!fd_) return;
  begin = (begin + kLargePage - 1) / kLargePage * kLargePage;
  for (; begin + kLargePage <= end; begin += kLargePage) {
    if (!make_large_page(fd_.get(), begin)) return;
  }
}

}  // namespace kvstore::file
