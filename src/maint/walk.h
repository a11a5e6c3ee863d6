// One pass over a file's records, good and bad, in one of two ways.
#pragma once

#include <functional>

#include "src/log/record.h"
#include "src/log/recovery_scan.h"
#include "src/maint/source.h"

namespace kvstore::maint {

enum class Way : std::uint8_t {
  kJudged,  // as the store reads it: torn records do not count (log/recovery_scan.h)
  kCarved,  // every good record, whatever is before it
};

// The end of the log.
struct Walked {
  std::uint64_t end = 0;
  std::uint64_t torn_end = 0;  // bytes [end, torn_end) are torn; none if equal
  std::uint64_t durable = 0;   // D
  std::uint64_t last_seq = 0;
  std::uint16_t epoch = 0;
  bool slots_are_stale = false;  // log/recovery_scan.h
};

struct Visitor {
  // Called for a record with a good head; tells whether its body is good.
  std::function<void(const log::Record&, bool body_is_good)> record;
  // Called for a rotten range without records, before the record after it.
  std::function<void(const log::CorruptRange&)> bad;
};

// kVersion: a record of a newer format.
Result<Walked> walk(const Source& source, Way way, const Visitor& visitor);

}  // namespace kvstore::maint
