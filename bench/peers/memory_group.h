// A control group of Linux (cgroups(7)) that bounds the memory of who joins it, page cache
// included; of either version. Needs root.
#pragma once

#include <cstdint>
#include <string>

namespace peers {

class MemoryGroup {
 public:
  // Ends the program if it cannot be made: no such controller, or no right to it.
  explicit MemoryGroup(std::uint64_t limit);
  MemoryGroup(const MemoryGroup&) = delete;
  MemoryGroup& operator=(const MemoryGroup&) = delete;
  ~MemoryGroup();  // after its members have ended

  void join() const;           // this process
  std::uint64_t peak() const;  // the most bytes that were charged to it; 0: not known

 private:
  std::string directory_;
  bool is_first_version_ = false;
};

// The files of a directory leave the page cache: who reads them next is charged for them.
void drop_from_page_cache(const std::string& directory);

}  // namespace peers
