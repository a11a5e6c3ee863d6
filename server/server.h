// The server: offers the commands of the shell to many clients at once, over TCP, TLS and a Unix
// socket.
//
// One blocking thread for each connection, with a small stack. The text protocol and RESP share a
// port: a '*' where a command may begin starts RESP. HTTP has its own port (server/http/), with
// resources and the command table, and the same users, limits and transports. Prometheus has its
// own port, too (metrics_endpoint.h). Commands or requests that arrive together are executed,
// synced once, and then answered together.
//
// Start one and stop it (tests, embedding):
//     Config config;
//     config.listen.port = 0;
//     KV_ASSIGN(auto server, Server::start(config, store));
//     ... server->endpoint() ...
//     server->stop();
// or let run() do everything that a program's main() must.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/endpoint.h"
#include "src/base/status.h"
#include "src/tls/context.h"

namespace kvstore {
class Store;
}

namespace kvstore::server {

// The configuration. A client that exceeds a limit gets an error and, if the connection cannot
// continue, is dropped; other clients do not notice.
struct Config {
  Endpoint listen;
  bool listens_on_tcp = true;           // whether to listen on TCP at `listen`
  std::optional<Endpoint> tls_listen;   // none: with certificates, `listen` uses TLS
  std::optional<Endpoint> http_listen;  // HTTP; with TLS if there are certificates
  // Host names by which browsers may call the HTTP port, besides localhost and addresses, if no
  // password is needed: a page whose own name points here must not get at the data.
  std::vector<std::string> http_names;
  std::string unix_socket;  // path; empty: none
  unsigned unix_socket_mode = 0600;
  // Where GET /metrics is served for Prometheus; none: nowhere. Beyond loopback it needs TLS or
  // unsafe_listen.
  std::optional<Endpoint> metrics;
  tls::ServerFiles tls;
  // Without this or a password, a plain port beyond loopback is refused: everyone who can reach it
  // could read and change the data.
  bool unsafe_listen = false;

  // The password of user default, in plain text or as an argon2id hash; empty: none is needed.
  std::string password;
  std::string password_file;  // its first line is the password; used instead of `password`
  std::string password_hash;  // an argon2id hash, used if there is no other password
  std::string acl_file;       // the file of users; empty: only default and users made by ACL
                              // SETUSER

  std::size_t max_connections = 1000;
  std::size_t max_request = std::size_t{64} << 20;  // limit for the bytes of one request, and of
                                                    // one value
  // Bytes of replies that a client may leave unread before its commands wait.
  std::size_t max_unread = std::size_t{8} << 20;
  // Limit for the memory that all connections together hold for requests, replies and kept buffers.
  // A request beyond it is refused; replies come in smaller pieces.
  std::size_t max_buffered = std::size_t{1} << 30;

  // Timeouts in milliseconds, 0 for none. Idle: between requests. Request: from a request's first
  // byte to its last, plus a second for each 64 KiB of it. Write: without the client reading
  // anything. Drain: for the connections to finish once the server stops.
  std::uint32_t idle_timeout_ms = 0;
  std::uint32_t handshake_timeout_ms = 10'000;  // of TLS
  std::uint32_t login_timeout_ms = 60'000;      // if a password is needed: until the login
  std::uint32_t request_timeout_ms = 300'000;
  std::uint32_t write_timeout_ms = 30'000;
  std::uint32_t drain_timeout_ms = 5'000;

  // Returns the space map of the served file as JSON, for GET /_/map. The program that starts the
  // server provides it. Called by one thread at a time; checks is_cancelled(). Empty: no such
  // resource.
  std::function<Result<std::string>()> space_map;

  // CONFIG REWRITE: writes settings, by option names, to the configuration file. Empty: there is
  // none.
  std::function<Status(const std::vector<std::pair<std::string, std::string>>&)> rewrite;

  // For SLOWLOG, and changed by CONFIG SET; microseconds, -1: none; nullopt: as slow_command_ms.
  std::optional<std::int64_t> slowlog_slower_than_us;
  std::uint64_t slowlog_max_len = 128;

  // The published keyspace events, in Redis' letters; changed by CONFIG SET.
  std::string notify_keyspace_events;

  std::string log_level = "info";       // trace, debug, info, warn, error, off
  std::string log_file;                 // appended to; empty: stderr
  std::uint32_t slow_command_ms = 100;  // commands of this duration are logged; 0: none
};

// Thread rule: any thread; the destructor last.
class Server {
 public:
  // Listens, and serves on its own threads. The store must outlive the server. Errors: kUsage (an
  // address beyond loopback, an invalid log level), kSyntax and kNotFound (the ACL file), kNetwork
  // (the port is taken, unknown address), kPermission (also for the log file), kLimit (no thread),
  // kMemory.
  static Result<std::unique_ptr<Server>> start(const Config& config, Store& store);
  ~Server();  // stop()
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // The address it listens on, with the real port if 0 was requested.
  const Endpoint& endpoint() const;
  // The address for TLS; only if there is such a port.
  const Endpoint& tls_endpoint() const;
  // The address for HTTP; only if there is such a port.
  const Endpoint& http_endpoint() const;
  // The address for /metrics; only if there is such a port.
  const Endpoint& metrics_endpoint() const;
  // All addresses, such as "127.0.0.1:7878 and unix:/run/kvstore.sock".
  std::string places() const;

  // Loads the certificates again, for new connections. Errors are logged, and the old certificates
  // remain.
  void reload_certificates();
  // The same, by a thread that nobody waits for: files of a network that does not answer may be
  // there only when the server, and its store, have gone.
  std::function<void()> certificate_reload() const;

  // Blocks until stop() or request_stop() was called and everything has ended.
  void wait();
  // Requests a stop: new connections are refused, what has arrived is executed and answered.
  // Returns at once. Async-signal-safe.
  void request_stop();
  // request_stop() and wait(). Idempotent. Does not close the store.
  void stop();

 private:
  class Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// The implementation of `kvstore FILE --listen`: starts a server, prints its address on stderr,
// waits for SIGTERM or SIGINT, drains, syncs and closes the store. Success means a clean end: exit
// code 0. A second signal ends the process at once, with 128 + its number. SIGHUP reopens the log
// file and reloads the certificates. Takes over SIGTERM, SIGINT, SIGHUP and SIGPIPE for the rest of
// the process. Errors: those of start(), and of closing the store.
Status run(const Config& config, Store& store);

}  // namespace kvstore::server
