// A client's connection to a server, over TCP, TLS or a Unix socket.
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

  // kNetwork, with host, port and what to check.
  Status open(const std::string& host, std::uint16_t port);
  // The same for a Unix socket, and for TLS: then also kUsage for problems with certificates.
  Status open(const Address& address);
  void close();
  bool is_open() const { return descriptor_ >= 0; }

  // Sends what is possible of `out` and appends what has arrived to *in; waits until at least one
  // of the two was possible. Adds sent bytes to *sent. If there is nothing to send it waits for
  // bytes. Doing both at once prevents a deadlock of two full buffers. Errors: kNetwork; the
  // connection is then closed. A signal ends the wait early with success and no effect, as does
  // `timeout_ms`, unless it is negative.
  Status exchange(std::string_view out, std::size_t* sent, std::string* in, int timeout_ms = -1);

 private:
  Status open_path(const std::string& path);
  Status start_tls(const Address& address);
  Status receive(std::string* in);
  std::size_t send(std::string_view out);

  int descriptor_ = -1;
  std::unique_ptr<tls::Channel> tls_;  // null: plain text
};

}  // namespace kvstore::client
