// What verify finds out about the index that is in the file: plain facts.
//
// The index is derived from the log. What is wrong with it costs no key and no value, but
// look-ups through it may be wrong until it is built anew.
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

// Where an EXTENT's body is.
struct ExtentBody {
  std::uint64_t begin = 0;
  std::uint64_t size = 0;
};

struct IndexReport {
  static constexpr std::size_t kListed = 100;  // faults

  std::uint64_t checkpoint = 0;  // its offset, 0: no slot names one
  std::uint64_t covered = 0;     // the runs know the log up to here
  // What it names.
  std::uint64_t runs = 0, segments = 0, keys = 0, bytes = 0;
  std::vector<IndexFault> faults;  // the first kListed
  std::uint64_t fault_count = 0;
  // Of keys whose newest record in a run's stretch of the log cannot be read: the log is
  // damaged there, and the index has the key still.
  std::uint64_t unreadable = 0;
  // Beside a writer: it has replaced what was looked at, again and again.
  bool is_changing = false;
  // EXTENTs that no checkpoint names: dropped, or never finished. How many bytes of their
  // bodies take no room on the disk (any more).
  std::uint64_t unused = 0, unused_bytes = 0, unused_holes = 0;

  bool is_damaged() const { return fault_count > 0; }
};

}  // namespace kvstore::maint
