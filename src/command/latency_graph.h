// What LATENCY GRAPH answers.
#pragma once

#include <cstdint>
#include <string>

#include "src/command/latency_events.h"

namespace kvstore::command {

// A headline, and 80 times in a row of columns four characters high, with how long ago each was
// written downwards beneath; as Redis draws them. `now_s`: since 1970.
std::string draw_latencies(const LatencyEvents::Event& event, std::uint64_t now_s);

}  // namespace kvstore::command
