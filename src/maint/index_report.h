// What verify finds about the index in the file.
//
// The index is derived from the log. A fault in it loses no key and no value, but look-ups through
// it may be wrong until it is rebuilt.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace kvstore::maint {

struct IndexFault {
  std::uint64_t offset = 0;  // of the record or the piece in the file
  std::string what;
  std::optional<std::string> key;
};

// The place of an EXTENT's body.
struct ExtentBody {
  std::uint64_t begin = 0;
  std::uint64_t size = 0;
};

struct IndexReport {
  static constexpr std::size_t kListed = 100;  // faults listed

  std::uint64_t checkpoint = 0;  // its offset; 0: no slot names one
  std::uint64_t covered = 0;     // the runs cover the log up to here
  // What the checkpoint names:
  std::uint64_t runs = 0, segments = 0, keys = 0, bytes = 0;
  std::vector<IndexFault> faults;  // the first kListed
  std::uint64_t fault_count = 0;
  // Keys whose newest record in a run's part of the log cannot be read: the log is damaged there,
  // and the index still has the key.
  std::uint64_t unreadable = 0;
  // Beside a writer, which has replaced the index at each attempt.
  bool is_changing = false;
  // EXTENTs that no checkpoint names: dropped, or never finished. unused_holes: bytes of their
  // bodies that take no disk space.
  std::uint64_t unused = 0, unused_bytes = 0, unused_holes = 0;

  bool is_damaged() const { return fault_count > 0; }
};

}  // namespace kvstore::maint
