// A server over the wire, in the text protocol. Requests are pipelined: they go
// out as they are submitted, and finish_pending() takes the replies in.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "repl/backend.h"
#include "src/client/address.h"
#include "src/client/connection.h"
#include "src/wire/reply_parser.h"

namespace kvstore::repl {

class RemoteBackend final : public Backend {
 public:
  // Errors: kNetwork, also of a server that is no kvstore; kWrongPass and others of AUTH; kUsage of
  // certificates.
  static Result<std::unique_ptr<RemoteBackend>> connect(client::Address address,
                                                        client::Credentials credentials = {});

  // What the server answered to the greeting. kNoAuth: it wants a password.
  const Status& greeting() const { return greeting_; }
  // Gives it, now and whenever the connection is opened again. kWrongPass; kNetwork.
  Status log_in(client::Credentials credentials);

  // What NOAUTH says to type instead of AUTH, which would put a password on a command line.
  void hint_at_login_options() { hints_at_options_ = true; }

  bool submit(command::Args argv) override;
  std::size_t held_bytes() const override { return out_.size() + in_.size(); }
  // After an error the connection is closed; the next submit() opens a new one. Of a transaction
  // that was open then, every command but COMMIT and ROLLBACK answers kAborted.
  Status finish_pending(const Take& take) override;
  Status follow(command::Args argv, const TakeMore& take) override;
  Status stop_at_error(bool stop) override;
  bool in_transaction() const override { return in_transaction_; }
  bool exiting() const override { return exiting_; }
  std::vector<std::string> complete_keys(std::string_view prefix, std::size_t limit) override;
  std::string banner() override;
  std::string name() const override;

 private:
  RemoteBackend(client::Address address, client::Credentials credentials)
      : address_(std::move(address)), credentials_(std::move(credentials)) {}
  // One request and its reply, after everything submitted before.
  Result<command::Reply> ask(const std::vector<std::string_view>& argv);
  Status reopen();
  Status pump(std::size_t keep_unsent);
  Status receive_reply(command::Reply* reply);
  Result<bool> receive_followed(command::Reply* reply);
  void drop();
  Error lose(Error error);
  std::optional<command::Reply> answer_without_transaction(command::Args argv);
  void note_answer(const std::string& command, const command::Reply& reply);

  Status greet();
  Status send_credentials();

  const client::Address address_;
  client::Credentials credentials_;
  client::Connection connection_;
  std::string out_;  // not yet sent
  std::string in_;   // received, not yet parsed
  std::unique_ptr<wire::ReplyParser> replies_;
  // One a request, in order.
  struct Expected {
    std::optional<command::Reply> known;  // without the server
    std::string begins_or_ends;           // a transaction: the command that does; else empty
    bool stops_server = false;            // SHUTDOWN, whose answer is that the connection ends
  };
  std::deque<Expected> expected_;
  Status greeting_;
  std::optional<Error> broken_;  // what ended the connection
  bool in_transaction_ = false;
  bool lost_ = false;  // the transaction, with its connection
  bool exiting_ = false;
  bool hints_at_options_ = false;
};

}  // namespace kvstore::repl
