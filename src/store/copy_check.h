// Verifies a new file before it gets its name: reads all of it by the rules by which every reader
// judges a log (log/recovery_scan.h), including every body, and the index that its checkpoint
// names.
//
// Thread rule: one thread.
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

// Number of damaged places, and a description of the first.
struct DamagedPlaces {
  std::uint64_t count = 0;
  std::string first;
  void add(std::string what);
};

struct CheckedCopy {
  DamagedPlaces copied;    // damage that the source of the copy has too
  DamagedPlaces own;       // damage of the copy alone
  bool has_index = false;  // its checkpoint can be read
  std::vector<log::SegmentPlace> broken_segments;
};

struct CopyToCheck {
  const file::LogFile* file = nullptr;
  std::string path;                       // name of the file in messages
  log::HeaderPage page;                   // as in the file, which was closed cleanly
  const file::LogFile* source = nullptr;  // the file that was copied; compared as far as the bytes
                                          // agree
};

// `progress` is called with the offset reached. kSkipped: cancelled. kVersion. kMemory.
Result<CheckedCopy> check_copy(const CopyToCheck& copy, FunctionRef<void(std::uint64_t)> progress);

}  // namespace kvstore
