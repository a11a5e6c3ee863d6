// The backend for a server, in the text protocol. Requests are pipelined: they are sent as they are
// submitted, and finish_pending() receives the replies.
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
  // Errors: kNetwork, also if it is not a kvstore server; kWrongPass and others of AUTH; kUsage of
  // certificates.
  static Result<std::unique_ptr<RemoteBackend>> connect(client::Address address,
                                                        client::Credentials credentials = {});

  // The server's reply to the greeting. kNoAuth: it requires a password.
  const Status& greeting() const { return greeting_; }
  // Logs in, now and whenever the connection is opened again. kWrongPass, kNetwork.
  Status log_in(client::Credentials credentials);

  // What NOAUTH says to type instead of AUTH, which would put a password on a command line.
  void hint_at_login_options() { hints_at_options_ = true; }

  bool submit(command::Args argv) override;
  std::size_t held_bytes() const override { return out_.size() + in_.size(); }
  // After an error the connection is closed; the next submit() opens a new one. If a transaction
  // was open, every command but COMMIT and ROLLBACK then answers kAborted.
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
  // Sends one request and returns its reply, after everything submitted before.
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
  // The expected replies in order, one for each request.
  struct Expected {
    std::optional<command::Reply> known;  // a reply that needs no server
    std::string begins_or_ends;           // the command, if it begins or ends a transaction; else
                                          // empty
    bool stops_server = false;            // SHUTDOWN, whose reply is the end of the connection
  };
  std::deque<Expected> expected_;
  Status greeting_;
  std::optional<Error> broken_;  // why the connection ended
  bool in_transaction_ = false;
  bool lost_ = false;  // the open transaction was lost with its connection
  bool exiting_ = false;
  bool hints_at_options_ = false;
};

}  // namespace kvstore::repl
