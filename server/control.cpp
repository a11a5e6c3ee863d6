#include "server/control.h"

namespace kvstore::server {

void Control::visit_clients(const std::function<void(const command::ClientFacts&)>& visit) {
  connections_.visit([&](Connection& connection) { visit(connection.facts()); });
}

bool Control::close_client(std::uint64_t id) {
  bool found = false;
  connections_.visit([&](Connection& connection) {
    if (connection.session_id() != id) return;
    found = true;
    connection.abort();
  });
  return found;
}

void Control::wake_client(std::uint64_t id) {
  connections_.visit([&](Connection& connection) {
    if (connection.session_id() == id) connection.wake();
  });
}

void Control::pause(command::Pause what, std::chrono::milliseconds time) {
  shared_.client_pause.begin(what, time);
}

void Control::unpause() {
  shared_.client_pause.end();
  connections_.visit([](Connection& connection) { connection.wake(); });
}

void Control::monitor(std::uint64_t id, bool on) {
  connections_.visit([&](Connection& connection) {
    if (connection.session_id() != id) return;
    if (on)
      shared_.monitors.add(connection);
    else
      shared_.monitors.remove(connection);
  });
}

void Control::reset_counts() {
  shared_.counts.reset();
  for (auto* count : {&shared_.commands, &shared_.accepted, &shared_.refused, &shared_.dropped,
                      &shared_.slow_commands}) {
    count->store(0);
  }
  shared_.turned_away.reset();
  shared_.latencies.reset();
}

std::vector<std::pair<std::string, std::string>> Control::settings() {
  const Config& config = shared_.config;
  return {
      {"bind", config.listen.address},
      {"client-query-buffer-limit", std::to_string(config.max_request)},
      {"loglevel", config.log_level},
      {"logfile", config.log_file},
      {"maxclients", std::to_string(config.max_connections)},
      {"port", std::to_string(shared_.endpoint.port)},
      {"proto-max-bulk-len", std::to_string(config.max_request)},
      {"timeout", std::to_string(config.idle_timeout_ms / 1000)},
  };
}

}  // namespace kvstore::server
