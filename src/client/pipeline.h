// A connection whose requests are sent ahead of their replies, in either protocol. Replies come in
// the order of the requests; whoever puts requests takes as many replies.
//
// Thread rule: one thread, but for interrupt(). A wait ends when that thread is asked to give up
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
  // From any thread: waits end within a fifth of a second.
  void interrupt() { interrupted_ = true; }

  // kNetwork; errors of AUTH and of certificates. Without a password nobody logs in.
  Status open(const Address& address, const Credentials& credentials);

  void put(std::initializer_list<std::string_view> words);
  // What is still to be sent, for requests that are made elsewhere.
  std::string& unsent() { return out_; }
  // The next reply; meanwhile it sends what is unsent. An error that the server answers is a reply.
  // kNetwork; kTimeout: interrupted, or nothing came for some seconds after all was to end.
  Result<command::Reply> receive();
  // Of one request, where no other reply is awaited.
  Result<command::Reply> ask(std::initializer_list<std::string_view> words);

 private:
  const wire::Protocol protocol_;
  Connection connection_;
  wire::ReplyParser replies_;
  std::string out_, in_;
  std::atomic<bool> interrupted_{false};
};

}  // namespace kvstore::client
