// One measurement: what is to be done, and what came of it.
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
  double rate = 0;              // operations a second, of all clients; 0: as many as are answered
  double seconds = 2;           // at most; 0: until `count` ends it
  std::uint64_t count = 0;      // operations, at most; 0: until the time ends it
  std::uint64_t keys = 0;       // that are there when it begins
  std::uint64_t range = 256;    // bytes of a kReadRange
  std::uint64_t max_bytes = 0;  // of values, written; 0: any number
  std::uint64_t seed = 1;
};

// Seen from clients. With a rate, a latency begins when the operation was due by the schedule,
// also if its client was still waiting for the one before (else a store that stalls would delay
// the operations that were to measure the stall, and they would not be counted: coordinated
// omission). Without one, it begins when the operation is sent.
struct Measured {
  Plan plan;
  double seconds = 0;
  std::uint64_t operations = 0;  // answered, and rightly
  std::uint64_t bytes = 0;       // of their values
  std::uint64_t errors = 0;
  std::optional<Error> first_error;
  bool interrupted = false;  // before it was to end
  bool filled = false;       // ended by max_bytes
  bool gave_up = false;      // for errors
  std::string left_behind;   // what keys begin with that could not be taken away; mostly empty
  // In nanoseconds.
  std::shared_ptr<Histogram> latencies = std::make_shared<Histogram>();

  double per_second() const { return seconds > 0 ? static_cast<double>(operations) / seconds : 0; }
  double bytes_per_second() const { return seconds > 0 ? static_cast<double>(bytes) / seconds : 0; }
};

}  // namespace kvstore::bench
