// A connection with pipelined requests, in either protocol. Replies come in the order of the
// requests; the caller must receive as many replies as it put requests.
//
// Thread rule: one thread, except interrupt(). A wait ends when that thread is cancelled
// (base/cancel.h).
#pragma once

#include <atomic>
#include <initializer_list>
#include <string>
#include <string_view>

#include "src/base/status.h"
#include "src/client/address.h"
#include "src/client/connection.h"
#include "src/command/reply.h"
#include "src/wire/reply_parser.h"

namespace kvstore::client {

class Pipeline {
 public:
  explicit Pipeline(wire::Protocol protocol) : protocol_(protocol), replies_(protocol) {}

  wire::Protocol protocol() const { return protocol_; }
  // Any thread: waits end within a fifth of a second.
  void interrupt() { interrupted_ = true; }

  // kNetwork; errors of AUTH and of certificates. Without a password no login is made.
  Status open(const Address& address, const Credentials& credentials);

  void put(std::initializer_list<std::string_view> words);
  // The unsent bytes, to append requests that are built elsewhere.
  std::string& unsent() { return out_; }
  // The next reply; meanwhile it sends unsent bytes. An error from the server is a reply. kNetwork.
  // kTimeout: interrupted, or there was no reply for some seconds after the end was requested.
  Result<command::Reply> receive();
  // Sends one request and returns its reply, if no other reply is expected.
  Result<command::Reply> ask(std::initializer_list<std::string_view> words);

 private:
  const wire::Protocol protocol_;
  Connection connection_;
  wire::ReplyParser replies_;
  std::string out_, in_;
  std::atomic<bool> interrupted_{false};
};

}  // namespace kvstore::client
