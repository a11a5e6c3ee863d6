// What commands ask of the server that their session is a connection of: CLIENT, CONFIG, SLOWLOG,
// MONITOR, SHUTDOWN, INFO. Where there is none (shells, scripts) they say so.
//
// Thread rule: any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "src/base/status.h"
#include "src/command/channels.h"
#include "src/command/client_card.h"
#include "src/command/command_counts.h"
#include "src/command/command_section.h"
#include "src/command/keyspace_events.h"
#include "src/command/latency_events.h"
#include "src/command/listpack_limits.h"
#include "src/command/slow_log.h"

namespace kvstore::command {

// What a server knows of itself, for STATS and INFO.
struct ServerFacts {
  std::string address;  // where it listens
  std::uint16_t port = 0;
  std::uint64_t uptime_s = 0;
  std::uint64_t connections = 0;
  std::uint64_t connections_accepted = 0;
  std::uint64_t connections_refused = 0;
  std::uint64_t connections_dropped = 0;
  std::uint64_t max_connections = 0;
  std::uint64_t commands_served = 0;
  std::uint64_t commands_slow = 0;
  std::uint64_t commands_per_second = 0;
  std::uint64_t buffered_bytes = 0;
  std::uint64_t received_bytes = 0, sent_bytes = 0;  // of all clients, those too that are gone
  std::string damage;                                // that commands met, a sentence; empty: none
};

struct ClientFacts {
  std::uint64_t id = 0;
  int descriptor = -1;
  std::string address, local_address;  // "127.0.0.1:50610"
  std::uint64_t age_s = 0, idle_s = 0;
  std::uint64_t held_bytes = 0, unsent_bytes = 0;
  ClientCard* card = nullptr;  // as long as the visit
};

enum class Pause : std::uint8_t { kNone, kWrites, kAll };

class ServerControl {
 public:
  virtual ~ServerControl() = default;
  virtual ServerFacts facts() = 0;

  // The clients, by their numbers. `visit` must not call this.
  virtual void visit_clients(const std::function<void(const ClientFacts&)>& visit) = 0;
  // It executes nothing more, but what it may be executing just now: that is to be awaited.
  // nullptr: there is none of that number. (It is closed a moment later.)
  virtual std::shared_ptr<const CommandSection> close_client(std::uint64_t id) = 0;
  // Of all clients.
  virtual CommandSections sections() = 0;
  // A change of its card that it is to look at.
  virtual void wake_client(std::uint64_t id) = 0;
  // Commands of all clients wait, or those that write, but those that are executed just now.
  virtual void pause(Pause what, std::chrono::milliseconds time) = 0;
  virtual void unpause() = 0;
  // From now on the client is sent what others execute.
  virtual void monitor(std::uint64_t id, bool on) = 0;

  virtual Channels& channels() = 0;
  virtual KeyspaceEvents& keyspace_events() = 0;
  virtual SlowLog& slow_log() = 0;
  virtual LatencyEvents& latency_events() = 0;
  virtual ListpackLimits& listpack_limits() = 0;
  virtual CommandCounts& counts() = 0;
  virtual void reset_counts() = 0;

  // Settings by Redis' names that are as this server was started, beside those of settings.h.
  virtual std::vector<std::pair<std::string, std::string>> settings() = 0;
  // Of the user default: empty if it needs none. It is stored as a hash alone.
  virtual std::string password_hash() = 0;
  virtual Status set_password(std::string_view password) = 0;
  // Writes what CONFIG SET has changed into the configuration file. kNotFound: there is none;
  // kState: the password comes from where it cannot be written; errors of the file.
  virtual Status rewrite_settings() = 0;
  // As SIGTERM does.
  virtual void request_stop() = 0;
};

}  // namespace kvstore::command
