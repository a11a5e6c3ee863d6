// A position between two records of the log; it includes everything before `end`.
#pragma once

#include <cstdint>

#include "src/log/format.h"

namespace kvstore::log {

struct Position {
  std::uint64_t end = kHeaderPageSize;
  std::uint64_t seq = 0;  // of the last record
  std::uint32_t prev_key_hash = 0;
  bool last_not_in_batch = false;  // the last record is in no batch
  std::uint16_t epoch = 0;         // epoch of the last record, or a later one; 0: unknown
  bool last_is_of_all = false;     // the last record is a CLEAR
};

}  // namespace kvstore::log
