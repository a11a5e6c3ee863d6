// Metrics of a server and its store for Prometheus.
//
// Only durations of commands are counted for this purpose; all other values are those of STATS,
// INFO and the connections, collected on request.
#pragma once

#include <string>
#include <string_view>

namespace kvstore::server {

struct Shared;

inline constexpr std::string_view kMetricsType = "text/plain; version=0.0.4; charset=utf-8";

// All metrics in the text format. Any thread; takes milliseconds. Throws std::bad_alloc.
std::string metrics_text(Shared& shared);

}  // namespace kvstore::server
