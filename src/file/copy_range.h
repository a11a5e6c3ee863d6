// Copies bytes from one file to another by the cheapest method of their file systems.
//
// Thread rule: one thread.
#pragma once

#include <cstdint>
#include <string>

#include "src/base/status.h"

namespace kvstore::file {

class RangeCopier {
 public:
  // Descriptors of regular files, which still belong to the caller; the paths are for messages.
  RangeCopier(int from, std::string from_path, int to, std::string to_path)
      : from_(from), to_(to), from_path_(std::move(from_path)), to_path_(std::move(to_path)) {}

  int from() const { return from_; }
  // Whether the file systems support sharing blocks between the files. Tries it with the first
  // page.
  bool can_clone();
  // Copies the bytes [begin, end) to the same offsets. Holes in `from` are skipped, so `to` must
  // have no data there. Errors: fail_errno()'s.
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
