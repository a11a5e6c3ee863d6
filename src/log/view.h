// A readable stretch of log: the mapping up to a limit, and what its records
// are bound to. A value; copies are cheap. Lives no longer than the mapping.
#pragma once

#include <cstdint>

#include "src/file/file_system.h"
#include "src/log/record.h"

namespace kvstore::log {

struct View {
  const std::uint8_t* data = nullptr;
  std::uint64_t limit = 0;  // bytes below it exist
  const Binding* binding = nullptr;
  // Set if a writer in another process may be at work: it may be building a record
  // at the log's end, or cut the zeros behind, which are therefore looked at
  // through the file and not through the mapping.
  const file::LogFile* shared_file = nullptr;

  Head head(std::uint64_t offset, Record* record) const {
    return read_head(data, offset, limit, *binding, record);
  }
};

}  // namespace kvstore::log
