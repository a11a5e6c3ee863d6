// A connection to a server, on the client's side: over TCP, by TLS, or to a path.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "src/base/status.h"
#include "src/client/address.h"
#include "src/tls/channel.h"

namespace kvstore::client {

class Connection {
 public:
  Connection() = default;
  ~Connection() { close(); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // kNetwork, naming host, port and what to check.
  Status open(const std::string& host, std::uint16_t port);
  // The same of a unix socket, and by TLS: then also what is wrong with certificates, kUsage.
  Status open(const Address& address);
  void close();
  bool is_open() const { return descriptor_ >= 0; }

  // Sends what it can of *out and receives what has come into *in (appended),
  // waiting until at least one of the two was possible. Sent bytes are counted in
  // *sent. With nothing to send it waits for bytes. Doing both at once is what
  // keeps two full buffers from waiting for each other for ever.
  // Errors: kNetwork; the connection is then closed. A signal ends the wait early
  // with success and nothing done, and so do `timeout_ms`, unless that is negative.
  Status exchange(std::string_view out, std::size_t* sent, std::string* in, int timeout_ms = -1);

 private:
  Status open_path(const std::string& path);
  Status start_tls(const Address& address);
  Status receive(std::string* in);
  std::size_t send(std::string_view out);

  int descriptor_ = -1;
  std::unique_ptr<tls::Channel> tls_;  // none: plain text
};

}  // namespace kvstore::client
