// The server of which a session is a connection, as used by CLIENT, CONFIG, SLOWLOG, MONITOR,
// SHUTDOWN and INFO. Without a server (shells, scripts) these commands answer an error.
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

// The server's state for STATS and INFO.
struct ServerFacts {
  std::string address;  // address it listens on
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
  std::uint64_t received_bytes = 0, sent_bytes = 0;  // by all clients, including closed ones
  std::string damage;                                // a sentence on damage found by commands;
                                                     // empty: none
};

struct ClientFacts {
  std::uint64_t id = 0;
  int descriptor = -1;
  std::string address, local_address;  // "127.0.0.1:50610"
  std::uint64_t age_s = 0, idle_s = 0;
  std::uint64_t held_bytes = 0, unsent_bytes = 0;
  ClientCard* card = nullptr;  // valid during the visit
};

enum class Pause : std::uint8_t { kNone, kWrites, kAll };

class ServerControl {
 public:
  virtual ~ServerControl() = default;
  virtual ServerFacts facts() = 0;

  // Visits the clients by ascending number. `visit` must not call this object.
  virtual void visit_clients(const std::function<void(const ClientFacts&)>& visit) = 0;
  // Stops a client: it executes nothing more, except a command that it is executing now, which the
  // caller must await. It is closed soon after. nullptr: there is no such client.
  virtual std::shared_ptr<const CommandSection> close_client(std::uint64_t id) = 0;
  // The sections of all clients.
  virtual CommandSections sections() = 0;
  // Makes a client look at a change of its card.
  virtual void wake_client(std::uint64_t id) = 0;
  // Holds new commands of all clients, or those that write.
  virtual void pause(Pause what, std::chrono::milliseconds time) = 0;
  virtual void unpause() = 0;
  // Sends the client the commands of the others from now on, or stops that.
  virtual void monitor(std::uint64_t id, bool on) = 0;

  virtual Channels& channels() = 0;
  virtual KeyspaceEvents& keyspace_events() = 0;
  virtual SlowLog& slow_log() = 0;
  virtual LatencyEvents& latency_events() = 0;
  virtual ListpackLimits& listpack_limits() = 0;
  virtual CommandCounts& counts() = 0;
  virtual void reset_counts() = 0;

  // Settings by Redis' names that are fixed since the start, besides those of settings.h.
  virtual std::vector<std::pair<std::string, std::string>> settings() = 0;
  // The password of user default, of which only a hash is stored; empty if none is needed.
  virtual std::string password_hash() = 0;
  virtual Status set_password(std::string_view password) = 0;
  // Writes the settings changed by CONFIG SET into the configuration file. kNotFound: there is
  // none. kState: the password comes from a source that cannot be written. Also the errors of the
  // file.
  virtual Status rewrite_settings() = 0;
  // Stops the server as SIGTERM does.
  virtual void request_stop() = 0;
};

}  // namespace kvstore::command
