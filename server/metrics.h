// The figures of a server, for Prometheus.
#pragma once

#include <string>

#include "server/shared.h"

namespace kvstore::server {

// In the text format, version 0.0.4. Any thread.
std::string metrics_text(Shared& shared);

}  // namespace kvstore::server
