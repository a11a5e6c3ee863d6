#include "server/shared.h"

#include "src/store/store.h"

namespace kvstore::server {

void log_open(Shared& shared) {
  if (shared.open_logged.load(std::memory_order_relaxed)) return;
  const OpenReport report = shared.store.open_report();
  // A file that is not there yet is opened, and perhaps recovered, by the first write.
  if (report.how == OpenReport::How::kAbsent || shared.open_logged.exchange(true)) return;
  const bool trouble = report.how == OpenReport::How::kDamaged || report.cut_size > 0;
  shared.log->log(trouble ? spdlog::level::warn : spdlog::level::info, "opened {}: {}",
                  log_text(shared.store.path()), report.to_string());
}

}  // namespace kvstore::server
