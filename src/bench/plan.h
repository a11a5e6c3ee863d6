// One measurement: its plan and its result.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "src/base/status.h"
#include "src/bench/histogram.h"
#include "src/bench/workload.h"

namespace kvstore::bench {

struct Plan {
  const Workload* workload = nullptr;
  std::size_t size = 100;  // of a piece (payload.h)
  unsigned clients = 1;
  unsigned depth = 1;           // operations that a client sends before it waits for answers
  double rate = 0;              // operations a second of all clients together; 0: as many as are
                                // answered
  double seconds = 2;           // the longest duration; 0: `count` ends the measurement
  std::uint64_t count = 0;      // the maximum number of operations; 0: `seconds` ends the
                                // measurement
  std::uint64_t keys = 0;       // the number of keys that exist at the beginning
  std::uint64_t range = 256;    // bytes that a kReadRange reads
  std::uint64_t max_bytes = 0;  // the maximum bytes of values to write; 0: no limit
  std::uint64_t seed = 1;
};

// The results as the clients measure them. With a rate, a latency begins when the operation was due
// by
// the schedule, even if its client was still waiting for the previous one. (Otherwise a store that
// stalls would delay the operations that should measure the stall: coordinated omission.) Without a
// rate, it begins when the operation is sent.
struct Measured {
  Plan plan;
  double seconds = 0;
  std::uint64_t operations = 0;  // operations that were answered correctly
  std::uint64_t bytes = 0;       // of their values
  std::uint64_t errors = 0;
  std::optional<Error> first_error;
  bool interrupted = false;  // ended early by the user
  bool filled = false;       // ended by max_bytes
  bool gave_up = false;      // ended by too many errors
  std::string left_behind;   // the prefix of keys that could not be removed; usually empty
  // Latencies in nanoseconds.
  std::shared_ptr<Histogram> latencies = std::make_shared<Histogram>();

  double per_second() const { return seconds > 0 ? static_cast<double>(operations) / seconds : 0; }
  double bytes_per_second() const { return seconds > 0 ? static_cast<double>(bytes) / seconds : 0; }
};

}  // namespace kvstore::bench
