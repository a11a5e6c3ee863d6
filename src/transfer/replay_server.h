// A replay's target that is a server: kvstore's, in either protocol, or one that speaks Redis'.
//
// Requests are sent ahead of their replies, up to a limit. So that none is executed after one
// that failed, the server is asked to stop there (ONERROR STOP); one that cannot may have
// executed what was sent after it.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include "src/client/address.h"
#include "src/client/pipeline.h"
#include "src/command/reply.h"
#include "src/transfer/replay.h"
#include "src/transfer/writer.h"
#include "src/wire/reply_parser.h"

namespace kvstore::transfer {

class ServerReplay final : public ReplayTarget {
 public:
  // kNetwork; errors of AUTH and of certificates. kUsage: a `resume_key` was given and the server
  // has no
  // transactions. kNoAuth: the server requires a password.
  static Result<std::unique_ptr<ServerReplay>> connect(const client::Address& address,
                                                       const client::Credentials& credentials,
                                                       wire::Protocol protocol,
                                                       std::string resume_key);

  Status apply(const ReplayStep& step) override;
  Status settle() override;
  std::uint64_t acknowledged() const override { return acknowledged_; }
  std::uint64_t attempted() const override { return attempted_; }
  Unanswered unanswered() const override;
  // Servers accept requests and transactions of at least 64 MiB unless they are configured
  // otherwise.
  std::uint64_t most_at_once() const override { return std::uint64_t{32} << 20; }
  Result<std::optional<std::string>> position(std::string_view key) override;
  // Whether the target applies a batch as one transaction.
  bool has_transactions() const { return !begin_.empty(); }

 private:
  struct Sent {
    std::uint64_t seq = 0;
    std::size_t replies = 0;  // replies that are still to come
    Unanswered what;
    bool is_begun = false;      // a reply has arrived
    bool ends_version = false;  // false: more requests of its seq follow
  };

  ServerReplay(client::Address address, wire::Protocol protocol, std::string resume_key);
  Status greet();
  Result<bool> has_pair(const std::string& begin, const std::string& end);
  void put(std::initializer_list<std::string_view> words);
  void put(const Change& change);
  Status make_room();
  Status take_replies(std::size_t leave);
  Status take_reply();
  void note_refusal();

  const client::Address address_;
  const std::string resume_key_;
  const std::unique_ptr<Writer> writer_;
  client::Pipeline pipeline_;
  std::string begin_, end_;  // the commands around a transaction; empty: the server has none
  Unanswered taken_;         // accepted since requests were last counted
  bool stops_ = false;       // the server executes nothing after an error
  std::size_t put_ = 0;      // requests since they were last counted
  std::deque<Sent> sent_;
  std::uint64_t acknowledged_ = 0, attempted_ = 0;
  std::uint64_t has_part_of_ = 0;  // the seq that was executed in part, if it is not acknowledged
  std::optional<Error> failure_;
};

}  // namespace kvstore::transfer
