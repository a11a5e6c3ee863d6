// The state that all connections of a server share. Thread rule: any thread.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "server/certificates.h"
#include "server/client_pause.h"
#include "server/deadline.h"
#include "server/latencies.h"
#include "server/log.h"
#include "server/memory_budget.h"
#include "server/monitors.h"
#include "server/server.h"
#include "server/turned_away.h"
#include "server/users.h"
#include "src/base/mutex.h"
#include "src/command/channels.h"
#include "src/command/keyspace_events.h"
#include "src/command/session.h"

namespace kvstore::server {

// The rate of events per second between the last two calls that were at least a second apart. Any
// thread.
class EventRate {
 public:
  std::uint64_t per_second(std::uint64_t events_so_far);

 private:
  Mutex mutex_;
  Clock::time_point asked_ KV_GUARDED_BY(mutex_) = Clock::now();
  std::uint64_t events_ KV_GUARDED_BY(mutex_) = 0;
  std::uint64_t rate_ KV_GUARDED_BY(mutex_) = 0;
};

// Damage found by commands since the start of the server. Any thread.
class DamageSeen {
 public:
  void note(const Error& error);
  // A sentence for INFO; empty if there was none.
  std::string warning() const;

 private:
  mutable Mutex mutex_;
  std::uint64_t count_ KV_GUARDED_BY(mutex_) = 0;
  std::string newest_ KV_GUARDED_BY(mutex_);
};

class Connections;

struct Shared {
  Shared(const Config& the_config, Store& the_store, Log the_log)
      : config(the_config),
        store(the_store),
        log(std::move(the_log)),
        failures(log),
        buffered(the_config.max_buffered, the_config.max_connections) {
    const std::uint64_t slow_us =
        config.slow_command_ms == 0 ? UINT64_MAX : std::uint64_t{config.slow_command_ms} * 1000;
    // -1 becomes UINT64_MAX.
    slow_log.set_threshold_us(static_cast<std::uint64_t>(
        config.slowlog_slower_than_us.value_or(static_cast<std::int64_t>(slow_us))));
    slow_log.set_most(config.slowlog_max_len);
  }

  const Config config;
  Store& store;
  const Log log;
  FailureLog failures;
  RateLimit refusals;    // of the log lines about refusals
  RateLimit slow_lines;  // of the log lines about slow commands
  MemoryBudget buffered;
  command::Channels channels{{.take = [this](std::size_t bytes) { return buffered.take(bytes); },
                              .give = [this](std::size_t bytes) { buffered.give(bytes); },
                              .most_of_one_listener = config.max_unread}};
  command::KeyspaceEvents keyspace_events{store, channels};
  UserList users;
  // Not only the server's: files that are read anew may answer when it has gone.
  const std::shared_ptr<Certificates> certificates = std::make_shared<Certificates>();
  command::SlowLog slow_log;
  command::LatencyEvents latency_events;
  command::ListpackLimits listpack_limits;
  command::CommandCounts counts;
  ClientPause client_pause;
  Monitors monitors;
  command::ServerControl* control = nullptr;  // constant once the server listens
  Connections* all_connections = nullptr;     // constant once the server listens

  // A client was refused or dropped.
  void refuse(Away reason) {
    refused.fetch_add(1, std::memory_order_relaxed);
    turned_away.note(reason);
  }
  void drop(Away reason) {
    dropped.fetch_add(1, std::memory_order_relaxed);
    turned_away.note(reason);
  }

  // Set once, when the server stops.
  std::atomic<bool> stopping{false};
  std::atomic<bool> open_logged{false};

  // For STATS.
  Endpoint endpoint;   // of TCP; constant once the server listens
  std::string places;  // constant once the server listens
  const std::chrono::steady_clock::time_point started = std::chrono::steady_clock::now();
  std::atomic<std::uint64_t> connections{0};  // open now
  std::atomic<std::uint64_t> accepted{0};
  std::atomic<std::uint64_t> refused{0};  // clients that were never served
  std::atomic<std::uint64_t> dropped{0};  // clients that were served, and then exceeded a limit
  std::atomic<std::uint64_t> commands{0};
  std::atomic<std::uint64_t> slow_commands{0};
  TurnedAway turned_away;  // the reasons of both
  Latencies latencies;
  EventRate command_rate;
  DamageSeen damage;
};

// The server's state for STATS and INFO.
command::ServerFacts server_facts(Shared& shared);

// Logs, once, how the file was opened, if it is open by now.
void log_open(Shared& shared);

}  // namespace kvstore::server
