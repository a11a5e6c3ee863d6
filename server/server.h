// The server: the same commands as the shell, for many clients at once, by TCP, TLS and a Unix
// socket.
//
// One blocking thread per connection, on a small stack. The text protocol and RESP share a port:
// where a command may begin, a '*' begins RESP. HTTP has a port of its own (server/http/), where
// resources and the command table are reached, with the same users, limits and transports; so has
// what Prometheus reads (metrics_endpoint.h). Commands, and requests, that arrive together are
// executed, synced once, then answered together.
//
// Start one and stop it (tests, embedding):
//     Config config;
//     config.listen.port = 0;
//     KV_ASSIGN(auto server, Server::start(config, store));
//     ... server->endpoint() ...
//     server->stop();
// or let run() do everything a program's main does.
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

// What a server allows. A client past a limit is told so and, where the
// connection cannot go on, dropped; no other client notices.
struct Config {
  Endpoint listen;
  bool listens_on_tcp = true;           // there, that is
  std::optional<Endpoint> tls_listen;   // none: with certificates, `listen` is for TLS
  std::optional<Endpoint> http_listen;  // HTTP; by TLS, where there are certificates
  // By which browsers may call that port, beside localhost and addresses, where there is no
  // password: a page that has its own name point there must not get at the data.
  std::vector<std::string> http_names;
  std::string unix_socket;  // its path; empty: none
  unsigned unix_socket_mode = 0600;
  // Where GET /metrics is answered, to Prometheus; none: nowhere. Beyond loopback it wants TLS, or
  // unsafe_listen.
  std::optional<Endpoint> metrics;
  tls::ServerFiles tls;
  // A plain port outside loopback is refused without this or a password: anybody who reaches
  // it could read and change the data.
  bool unsafe_listen = false;

  // The password of the user default, in plain or as an argon2id hash; empty: it needs none.
  std::string password;
  std::string password_file;  // its first line is the password; instead of `password`
  std::string password_hash;  // an argon2id hash, where there is no other password
  std::string acl_file;       // of users; empty: there is only default, and whom ACL SETUSER makes

  std::size_t max_connections = 1000;
  std::size_t max_request = std::size_t{64} << 20;  // bytes of one request, also of one value
  // Bytes of replies a client may leave unread before its commands wait.
  std::size_t max_unread = std::size_t{8} << 20;
  // Bytes of memory that all connections together hold for requests, replies and the
  // buffers they keep. A request beyond it is refused; replies come in smaller pieces.
  std::size_t max_buffered = std::size_t{1} << 30;

  // All in milliseconds, 0 for none. Idle: between requests. Request: from a
  // request's first byte to its last, plus a second for each 64 KiB of it.
  // Write: without the client reading anything. Drain: for the connections to
  // finish once the server is told to stop.
  std::uint32_t idle_timeout_ms = 0;
  std::uint32_t handshake_timeout_ms = 10'000;  // of TLS
  std::uint32_t login_timeout_ms = 60'000;      // where a password is needed: until it is given
  std::uint32_t request_timeout_ms = 300'000;
  std::uint32_t write_timeout_ms = 30'000;
  std::uint32_t drain_timeout_ms = 5'000;

  // Where the space of the served file goes, as JSON: what GET /_/map answers. The server cannot
  // know, who starts it may. Called by one thread at a time; asks is_cancelled(). Empty: there is
  // no such resource.
  std::function<Result<std::string>()> space_map;

  // CONFIG REWRITE: writes settings, by the names of options, into the file that the server was
  // started with. Empty: there was none.
  std::function<Status(const std::vector<std::pair<std::string, std::string>>&)> rewrite;

  // Of SLOWLOG, which CONFIG SET changes, too; microseconds, -1: none; nullopt: as slow_command_ms.
  std::optional<std::int64_t> slowlog_slower_than_us;
  std::uint64_t slowlog_max_len = 128;

  // Which keyspace events are published, in Redis' letters; CONFIG SET changes it.
  std::string notify_keyspace_events;

  bool quiet = false;                   // run() does not say where it is ready
  std::string log_level = "info";       // trace, debug, info, warn, error, off
  std::string log_file;                 // appended to; empty: stderr
  std::uint32_t slow_command_ms = 100;  // logged from here on; 0: none
};

// Thread rule: every member from any thread, the destructor last.
class Server {
 public:
  // Listens and serves from its own threads. The store must outlive the server.
  // Errors: kUsage (an address outside loopback, a bad log level), kSyntax and kNotFound (the ACL
  // file), kNetwork
  // (the port is taken, no such address), kPermission (also of the log file), kLimit
  // (no thread), kMemory.
  static Result<std::unique_ptr<Server>> start(const Config& config, Store& store);
  ~Server();  // stop()
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Where it listens; the port is the real one if 0 was asked for.
  const Endpoint& endpoint() const;
  // Of TLS; only where there is such a port.
  const Endpoint& tls_endpoint() const;
  // Of HTTP, likewise.
  const Endpoint& http_endpoint() const;
  // Of /metrics; only where there is such a port.
  const Endpoint& metrics_endpoint() const;
  // All places, "127.0.0.1:7878 and unix:/run/kvstore.sock".
  std::string places() const;

  // Reads the certificates anew, for connections that come from now on. What is wrong with them
  // is in the log, and the old ones stay.
  void reload_certificates();
  // The same, by a thread that nobody waits for: files of a network that does not answer may be
  // there only when the server, and its store, have gone.
  std::function<void()> certificate_reload() const;

  // Blocks until stop() or request_stop() was called and everything has ended.
  void wait();
  // Asks the server to stop: no new connections, what was received is executed
  // and answered. Returns at once. Async-signal-safe.
  void request_stop();
  // request_stop() and wait(). Idempotent. Does not close the store.
  void stop();

 private:
  class Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// What `kvstore FILE --listen` does: starts a server, says on stderr where it
// is ready, waits for SIGTERM or SIGINT, drains, syncs and closes the store.
// Success means a clean end: exit code 0. A second signal ends the process at
// once, with 128 + its number. SIGHUP opens the log file and the certificates anew, and the server
// goes on.
// Takes over SIGTERM, SIGINT, SIGHUP and SIGPIPE for the rest of the process. Errors: those of
// start(), and of closing the store.
Status run(const Config& config, Store& store);

}  // namespace kvstore::server
