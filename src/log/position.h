// A point in the log, between two records: everything before `end` is included.
#pragma once

#include <cstdint>

#include "src/log/format.h"

namespace kvstore::log {

struct Position {
  std::uint64_t end = kHeaderPageSize;
  std::uint64_t seq = 0;  // of the last record
  std::uint32_t prev_key_hash = 0;
  bool last_not_in_batch = false;  // the last record is of no batch
  std::uint16_t epoch = 0;         // of the last record or later; 0: unsaid
  bool last_is_of_all = false;     // the last record is a CLEAR
};

}  // namespace kvstore::log
