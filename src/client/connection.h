// A TCP connection to a server, on the client's side.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "src/base/status.h"

namespace kvstore::client {

class Connection {
 public:
  Connection() = default;
  ~Connection() { close(); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // kNetwork, naming host, port and what to check.
  Status open(const std::string& host, std::uint16_t port);
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
  int descriptor_ = -1;
};

}  // namespace kvstore::client
