#include "server/shared.h"

#include <fmt/core.h>

#include "server/connections.h"
#include "src/store/store.h"

namespace kvstore::server {

std::uint64_t EventRate::per_second(std::uint64_t events_so_far) {
  MutexLock lock(mutex_);
  const auto now = Clock::now();
  const double passed_s = std::chrono::duration<double>(now - asked_).count();
  if (passed_s < 1) return rate_;
  rate_ = static_cast<std::uint64_t>(static_cast<double>(events_so_far - events_) / passed_s);
  asked_ = now;
  events_ = events_so_far;
  return rate_;
}

void DamageSeen::note(const Error& error) {
  if (error.code != Code::kCorrupt && error.code != Code::kDamaged) return;
  MutexLock lock(mutex_);
  ++count_;
  newest_ = with_code(error);
}

std::string DamageSeen::warning() const {
  MutexLock lock(mutex_);
  if (count_ == 0) return {};
  return fmt::format("commands that met damage since the server began: {}, the newest: {}", count_,
                     newest_);
}

command::ServerFacts server_facts(Shared& shared) {
  const auto up = std::chrono::steady_clock::now() - shared.started;
  command::ServerFacts facts;
  facts.address = shared.endpoint.to_string();
  facts.port = shared.endpoint.port;
  facts.uptime_s =
      static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(up).count());
  facts.connections = shared.connections.load(std::memory_order_relaxed);
  facts.connections_accepted = shared.accepted.load(std::memory_order_relaxed);
  facts.connections_refused = shared.refused.load(std::memory_order_relaxed);
  facts.connections_dropped = shared.dropped.load(std::memory_order_relaxed);
  facts.max_connections = shared.config.max_connections;
  facts.commands_served = shared.commands.load(std::memory_order_relaxed);
  facts.commands_slow = shared.slow_commands.load(std::memory_order_relaxed);
  facts.commands_per_second = shared.command_rate.per_second(facts.commands_served);
  facts.damage = shared.damage.warning();
  facts.buffered_bytes = shared.buffered.used();
  const Connections::Traffic traffic = shared.all_connections->traffic();
  facts.received_bytes = traffic.received;
  facts.sent_bytes = traffic.sent;
  return facts;
}

void log_open(Shared& shared) {
  if (shared.open_logged.load(std::memory_order_relaxed)) return;
  const OpenReport report = shared.store.open_report();
  // A file that does not exist yet is opened, and perhaps recovered, by the first write.
  if (report.how == OpenReport::How::kAbsent || shared.open_logged.exchange(true)) return;
  const bool trouble = report.how == OpenReport::How::kDamaged || report.cut_size > 0;
  shared.log->log(trouble ? Level::kWarn : Level::kInfo, "opened {}: {}",
                  log_text(shared.store.path()), report.to_string());
}

}  // namespace kvstore::server
