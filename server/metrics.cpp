#include "server/metrics.h"

#include <fmt/format.h>

namespace kvstore::server {

std::string metrics_text(Shared& shared) {
  return fmt::format(
      "# HELP kvstore_commands_total Commands that were executed\n"
      "# TYPE kvstore_commands_total counter\n"
      "kvstore_commands_total {}\n",
      shared.commands.load(std::memory_order_relaxed));
}

}  // namespace kvstore::server
