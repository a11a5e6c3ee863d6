// One pass over a file's records, good and bad, in one of two ways.
#pragma once

#include <functional>

#include "src/log/record.h"
#include "src/log/recovery_scan.h"
#include "src/maint/source.h"

namespace kvstore::maint {

enum class Way : std::uint8_t {
  kJudged,  // as the store reads it: what is torn is not a record (log/recovery_scan.h)
  kCarved,  // every good record there is, whatever it stands after
};

// Where the log ended.
struct Walked {
  std::uint64_t end = 0;
  std::uint64_t torn_end = 0;  // bytes [end, torn_end) are torn; none if equal
  std::uint64_t durable = 0;   // D
  std::uint64_t last_seq = 0;
  std::uint16_t epoch = 0;
  bool slots_are_stale = false;  // log/recovery_scan.h
};

struct Visitor {
  // A record whose head is good, and whether its body is.
  std::function<void(const log::Record&, bool body_is_good)> record;
  // A rotten range without records; before the record behind it is visited.
  std::function<void(const log::CorruptRange&)> bad;
};

// kVersion: a record of a newer format.
Result<Walked> walk(const Source& source, Way way, const Visitor& visitor);

}  // namespace kvstore::maint
