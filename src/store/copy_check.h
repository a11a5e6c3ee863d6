// Reads a file that was made, all of it, before it gets its name: is it what it should be? By the
// rules by which any reader judges a log (log/recovery_scan.h), and every body, too; and the index
// that its checkpoint names.
//
// Thread rule: one thread's.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "src/base/function_ref.h"
#include "src/base/status.h"
#include "src/file/file_system.h"
#include "src/log/checkpoint.h"
#include "src/log/header_page.h"

namespace kvstore {

// Damaged places, and the first of them in words.
struct DamagedPlaces {
  std::uint64_t count = 0;
  std::string first;
  void add(std::string what);
};

struct CheckedCopy {
  DamagedPlaces copied;    // that are the same in the file that it was copied from
  DamagedPlaces own;       // that are not
  bool has_index = false;  // its checkpoint can be read
  std::vector<log::SegmentPlace> broken_segments;
};

struct CopyToCheck {
  const file::LogFile* file = nullptr;
  std::string path;                       // what messages call it
  log::HeaderPage page;                   // as it is in the file; it was closed properly
  const file::LogFile* source = nullptr;  // whose bytes it has, as far as they are the same
};

// `progress` is called with the offset reached. kSkipped: it was cancelled; kVersion; kMemory.
Result<CheckedCopy> check_copy(const CopyToCheck& copy, FunctionRef<void(std::uint64_t)> progress);

}  // namespace kvstore
