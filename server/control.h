// The server's side of src/command/server_control.h.
//
// Thread rule: any thread.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/connections.h"
#include "server/shared.h"
#include "src/base/mutex.h"
#include "src/command/server_control.h"

namespace kvstore::server {

using SettingsByName = std::vector<std::pair<std::string, std::string>>;

class Control final : public command::ServerControl {
 public:
  // All arguments must outlive this.
  Control(Shared& shared, Connections& connections, std::function<void()> request_stop)
      : shared_(shared), connections_(connections), request_stop_(std::move(request_stop)) {}

  command::ServerFacts facts() override { return server_facts(shared_); }
  void visit_clients(const std::function<void(const command::ClientFacts&)>& visit) override;
  std::shared_ptr<const command::CommandSection> close_client(std::uint64_t id) override;
  command::CommandSections sections() override;
  void wake_client(std::uint64_t id) override;
  void pause(command::Pause what, std::chrono::milliseconds time) override;
  void unpause() override;
  void monitor(std::uint64_t id, bool on) override;
  command::Channels& channels() override { return shared_.channels; }
  command::KeyspaceEvents& keyspace_events() override { return shared_.keyspace_events; }
  command::SlowLog& slow_log() override { return shared_.slow_log; }
  command::LatencyEvents& latency_events() override { return shared_.latency_events; }
  command::ListpackLimits& listpack_limits() override { return shared_.listpack_limits; }
  command::CommandCounts& counts() override { return shared_.counts; }
  void reset_counts() override;
  std::vector<std::pair<std::string, std::string>> settings() override;
  std::string password_hash() override;
  Status set_password(std::string_view password) override;
  Status rewrite_settings() override;
  void request_stop() override { request_stop_(); }

 private:
  Status rewrite_password(SettingsByName* settings);

  Shared& shared_;
  Connections& connections_;
  const std::function<void()> request_stop_;
  Mutex rewriting_;
  std::atomic<bool> has_new_password_{false};
};

}  // namespace kvstore::server
