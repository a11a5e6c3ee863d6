// A port for Prometheus: GET /metrics, and nothing else.
//
// One thread serves all who come, so that monitoring keeps working where the server has all the
// connections that it may have. It waits for nobody: who is slow is given up after some seconds,
// and where very many are there the oldest that says nothing makes place. On loopback it is plain;
// beyond that it speaks TLS with the server's certificate, or was allowed by --unsafe-listen.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "server/deadline.h"
#include "server/shared.h"
#include "server/socket.h"
#include "server/transport.h"
#include "src/file/descriptor.h"
#include "src/wire/http/parser.h"

namespace kvstore::server {

class MetricsEndpoint {
 public:
  // Listens as shared.config.metrics says. kUsage: beyond loopback without TLS. kNetwork,
  // kPermission, kLimit.
  static Result<std::unique_ptr<MetricsEndpoint>> start(Shared& shared);
  ~MetricsEndpoint() { stop(); }
  MetricsEndpoint(const MetricsEndpoint&) = delete;
  MetricsEndpoint& operator=(const MetricsEndpoint&) = delete;

  const Endpoint& endpoint() const { return listening_.endpoint; }
  // Stops the thread. Idempotent.
  void stop();

 private:
  struct Client {
    std::unique_ptr<Transport> transport;
    std::unique_ptr<wire::http::Parser> parser;
    std::string out;
    std::size_t sent = 0;
    Clock::time_point until;
    bool answered = false, done = false;
  };

  MetricsEndpoint(Shared& shared, Listening listening, bool is_tls);
  void run();
  void turn();
  void accept_some();
  void make_place();
  void serve(Client& client);
  void receive(Client& client);
  void take(Client& client);
  void send(Client& client);

  Shared& shared_;
  const Listening listening_;
  const bool is_tls_;
  file::Descriptor stop_event_;
  std::vector<Client> clients_;
  std::thread thread_;
};

// --- For tests.

// The whole response to a request. `text` makes the metrics.
std::string answer_metrics_request(const wire::http::Head& head,
                                   const std::function<std::string()>& text);

}  // namespace kvstore::server
