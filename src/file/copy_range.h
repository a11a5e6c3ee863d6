// Bytes of one file into another, by the cheapest way that their file systems have.
//
// Thread rule: one thread's.
#pragma once

#include <cstdint>
#include <string>

#include "src/base/status.h"

namespace kvstore::file {

class RangeCopier {
 public:
  // Descriptors of regular files, which stay the caller's; the paths are what messages call them.
  RangeCopier(int from, std::string from_path, int to, std::string to_path)
      : from_(from), to_(to), from_path_(std::move(from_path)), to_path_(std::move(to_path)) {}

  int from() const { return from_; }
  // Whether the file systems can have both files share blocks. Tries it with the first page.
  bool can_clone();
  // The bytes [begin, end), to the same offsets. Where `from` has holes, `to` gets none of its own
  // and keeps what it has, which is to be nothing. Errors: fail_errno()'s.
  Status copy(std::uint64_t begin, std::uint64_t end);

 private:
  enum class Way : std::uint8_t { kClone, kInKernel, kThroughMemory };

  Status copy_data(std::uint64_t begin, std::uint64_t end);
  bool clone(std::uint64_t begin, std::uint64_t end);
  Result<std::uint64_t> copy_some(std::uint64_t begin, std::uint64_t end);
  Result<std::uint64_t> through_memory(std::uint64_t begin, std::uint64_t end);
  Status write_all(const char* bytes, std::uint64_t size, std::uint64_t offset);

  const int from_, to_;
  const std::string from_path_, to_path_;
  Way way_ = Way::kClone;
  std::string buffer_;
};

}  // namespace kvstore::file
