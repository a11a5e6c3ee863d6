// What a server knows of itself and of its store, as Prometheus reads it.
//
// Nothing is counted for it alone but times of commands: the figures are those of STATS, INFO and
// the connections, put together when somebody asks.
#pragma once

#include <string>
#include <string_view>

namespace kvstore::server {

struct Shared;

inline constexpr std::string_view kMetricsType = "text/plain; version=0.0.4; charset=utf-8";

// All of them, in the text format. Any thread; milliseconds. Throws std::bad_alloc.
std::string metrics_text(Shared& shared);

}  // namespace kvstore::server
