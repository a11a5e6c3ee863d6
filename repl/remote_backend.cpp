#include "repl/remote_backend.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <iterator>
#include <set>
#include <utility>

#include <fmt/core.h>

#include "repl/signals.h"
#include "src/base/human.h"
#include "src/client/login.h"
#include "src/client/text_request.h"
#include "src/command/help.h"
#include "src/command/words.h"

namespace kvstore::repl {
namespace {

using command::Reply;
using Event = wire::ReplyParser::Event;

// Unsent requests are buffered up to this size.
constexpr std::size_t kMaxUnsent = std::size_t{64} << 10;

bool leaves(std::string_view word) {
  const command::Command* command = command::find_command(word);
  if (command == nullptr) return false;
  return command->name == "EXIT" || command->alias_of == "EXIT" || command->name == "QUIT" ||
         command->alias_of == "QUIT";
}

// HELP is the table's, which is here, too.
std::optional<Reply> help_without_server(command::Args argv) {
  const command::Command* const asked = command::find_command(argv[0]);
  if (asked == nullptr || command::original(*asked).name != "HELP" || argv.size() > 2) {
    return std::nullopt;
  }
  if (argv.size() == 1) return Reply::value(command::help_overview());
  const command::Command* const command = command::find_command(argv[1]);
  std::string about =
      command != nullptr ? command::help_command(*command) : command::help_topic(argv[1]);
  if (about.empty()) return std::nullopt;
  return Reply::value(std::move(about));
}

// After CLIENT REPLY OFF or SKIP answers would be taken for those of other commands.
bool leaves_unanswered(command::Args argv) {
  return argv.size() == 3 && command::same_word(argv[0], "CLIENT") &&
         command::same_word(argv[1], "REPLY") && !command::same_word(argv[2], "ON");
}

bool begins_transaction(std::string_view command) {
  return command == "BEGIN" || command == "MULTI";
}

// The name of a command that begins or ends a transaction; otherwise empty.
std::string_view transaction_command(std::string_view word) {
  const command::Command* command = command::find_command(word);
  if (command == nullptr) return {};
  const bool only_watches = command->name == "WATCH" || command->name == "UNWATCH";
  const bool is_about_one = command->has(command::kTransaction) && !only_watches;
  return is_about_one || command->name == "RESET" ? command->name : "";
}

// A glob pattern for keys with the prefix.
std::string glob_of(std::string_view prefix) {
  std::string pattern;
  for (const char byte : prefix) {
    if (byte == '*' || byte == '?' || byte == '[' || byte == ']' || byte == '\\') pattern += '\\';
    pattern += byte;
  }
  return pattern + '*';
}

}  // namespace

Result<std::unique_ptr<RemoteBackend>> RemoteBackend::connect(client::Address address,
                                                              client::Credentials credentials) {
  std::unique_ptr<RemoteBackend> backend(
      new RemoteBackend(std::move(address), std::move(credentials)));
  KV_TRY(backend->reopen());
  return backend;
}

Status RemoteBackend::reopen() {
  drop();
  KV_TRY(connection_.open(address_));
  replies_ = std::make_unique<wire::ReplyParser>();
  Status greeted = greet();
  if (!greeted) drop();
  return greeted;
}

// Done before anything else is sent, because a Redis server would execute lines of text, too.
Status RemoteBackend::greet() {
  KV_TRY(send_credentials());
  KV_TRY(client::append_text_request(std::array<std::string_view, 1>{"HELLO"}, &out_));
  Reply reply;
  KV_TRY(receive_reply(&reply));
  greeting_ = client::check_greeting(reply, address_);
  const bool may_log_in = !greeting_ && greeting_.error().code == Code::kNoAuth;
  return may_log_in ? Status() : greeting_;
}

// Sends AUTH first, if there is a password.
Status RemoteBackend::send_credentials() {
  if (!client::append_login(credentials_, wire::Protocol::kText, &out_)) return {};
  Reply reply;
  KV_TRY(receive_reply(&reply));
  return client::check_login(reply, address_);
}

Status RemoteBackend::log_in(client::Credentials credentials) {
  credentials_ = std::move(credentials);
  return connection_.is_open() ? greet() : reopen();
}

void RemoteBackend::drop() {
  connection_.close();
  out_.clear();
  in_.clear();
  expected_.clear();
  broken_.reset();
}

// A transaction ends with its connection. Commands meant for it must not be executed on the next
// connection, so it counts as open until COMMIT or ROLLBACK, which report the loss; after EXIT,
// too. If the reply to its end is missing, its result is unknown.
Error RemoteBackend::lose(Error error) {
  const bool awaits_end = std::any_of(expected_.begin(), expected_.end(), [](const Expected& one) {
    return !one.begins_or_ends.empty() && !begins_transaction(one.begins_or_ends);
  });
  if (in_transaction_ && awaits_end && !exiting_) {
    in_transaction_ = false;
    error.hint = "see first whether COMMIT was executed: it may have been";
  } else if (in_transaction_ && !lost_ && !exiting_) {
    lost_ = true;
    error.message += "; the open transaction is lost with it";
    error.hint = "ROLLBACK, then BEGIN and do it again";
  }
  drop();
  return error;
}

// The reply to commands that cannot be executed without the lost transaction.
std::optional<Reply> RemoteBackend::answer_without_transaction(command::Args argv) {
  const command::Command* const command = command::find_command(argv[0]);
  if (!lost_ || command == nullptr) return std::nullopt;
  const bool gives_up = command->name == "ROLLBACK" || command->name == "DISCARD";
  const bool ends = gives_up || command->name == "COMMIT" || command->name == "EXEC";
  if (ends || command->name == "RESET") lost_ = in_transaction_ = false;
  if (gives_up) return Reply::ok();
  if (!ends && !command->has(command::kRead) && !command->has(command::kWrite) &&
      !command->has(command::kTransaction)) {
    return std::nullopt;
  }
  return Reply::failure(
      Error{Code::kAborted,
            "the transaction was lost with its connection: nothing of it is "
            "written",
            ends ? "BEGIN, and do it again" : "ROLLBACK, then BEGIN and do it again"});
}

bool RemoteBackend::submit(command::Args argv) {
  if (auto known = answer_without_transaction(argv)) {
    const bool failed = known->kind == Reply::Kind::kError;
    expected_.push_back({std::move(known), {}, false});
    return !failed;
  }
  if (!connection_.is_open() && expected_.empty() && !broken_) {
    if (leaves(argv[0])) {  // nobody is there to be told
      exiting_ = true;
      return false;
    }
    if (Status reopened = reopen(); !reopened) {
      if (auto help = help_without_server(argv)) {
        expected_.push_back({std::move(help), {}, {}});
        return true;
      }
      broken_ = std::move(reopened.error());
    }
  }
  if (broken_) return false;
  Status written;
  if (leaves_unanswered(argv)) {
    written = fail(Code::kState, "this client waits for an answer to each of its commands",
                   "--quiet, or > /dev/null, to see none");
  } else {
    written = client::append_text_request(argv, &out_);
  }
  if (!written) {
    expected_.push_back({Reply::failure(written.error()), {}, false});
    return false;
  }
  expected_.push_back({{},
                       std::string(transaction_command(argv[0])),
                       command::same_word(argv[0], "SHUTDOWN")});
  if (leaves(argv[0])) {
    exiting_ = true;
    return false;
  }
  if (out_.size() > kMaxUnsent) {
    if (Status sent = pump(kMaxUnsent / 2); !sent) broken_ = std::move(sent.error());
  }
  return !broken_;
}

// Sends until at most `keep_unsent` bytes are left.
Status RemoteBackend::pump(std::size_t keep_unsent) {
  std::size_t sent = 0;
  Status status;
  while (status && out_.size() - sent > keep_unsent) {
    status = connection_.exchange(std::string_view(out_).substr(sent), &sent, &in_);
  }
  out_.erase(0, sent);
  return status;
}

Status RemoteBackend::receive_reply(Reply* reply) {
  while (true) {
    if (!in_.empty()) replies_->feed(std::exchange(in_, {}));
    switch (replies_->next()) {
      case Event::kReply:
        *reply = replies_->take();
        return {};
      case Event::kError:
        return fail(replies_->error());
      case Event::kNeedInput:
        break;
    }
    if (broken_) return fail(*broken_);
    if (signals::take_interrupt()) {
      return fail(Code::kNetwork,
                  "interrupted while waiting for the server; the command may "
                  "have been executed");
    }
    std::size_t sent = 0;
    if (Status moved = connection_.exchange(out_, &sent, &in_); !moved) {
      broken_ = std::move(moved.error());  // earlier bytes are parsed first
    }
    out_.erase(0, sent);
  }
}

Status RemoteBackend::finish_pending(const Take& take) {
  bool is_stopped = false;
  while (!expected_.empty()) {
    Reply reply;
    if (expected_.front().known) {
      reply = std::move(*expected_.front().known);
    } else if (Status received = receive_reply(&reply); !received) {
      // What a connection ends with has ended it, whether or not it was answered.
      is_stopped =
          broken_ && (expected_.front().stops_server || (exiting_ && expected_.size() == 1));
      if (!is_stopped) return fail(lose(std::move(received.error())));
      reply = Reply::ok();
    }
    if (hints_at_options_ && reply.kind == Reply::Kind::kError &&
        reply.error.code == Code::kNoAuth) {
      reply.error = client::connection_error(std::move(reply.error), address_);
    }
    note_answer(expected_.front().begins_or_ends, reply);
    expected_.pop_front();
    take(std::move(reply));
  }
  if (is_stopped) {
    in_transaction_ &= exiting_;  // after an EXIT somebody wants to know of it
    exiting_ = true;
    drop();
  }
  if (!broken_) return {};
  return fail(lose(std::move(*broken_)));
}

// The server does not tell whether a transaction is open, but its replies imply it.
void RemoteBackend::note_answer(const std::string& command, const Reply& reply) {
  if (command.empty()) return;
  const bool failed = reply.kind == Reply::Kind::kError;
  if (begins_transaction(command)) {
    in_transaction_ |= !failed;
    return;
  }
  // It was not executed at all; any other reply of COMMIT ends the transaction.
  const bool refused =
      failed && (reply.error.code == Code::kSkipped || reply.error.code == Code::kArity);
  if (!refused) in_transaction_ = false;
}

// False: Ctrl-C, or SIGTERM.
Result<bool> RemoteBackend::receive_followed(Reply* reply) {
  while (!signals::interrupted() && !signals::wants_end()) {
    if (!in_.empty()) replies_->feed(std::exchange(in_, {}));
    const Event event = replies_->next();
    if (event == Event::kError) return fail(replies_->error());
    if (event == Event::kReply) {
      *reply = replies_->take();
      return true;
    }
    std::size_t sent = 0;
    KV_TRY(connection_.exchange({}, &sent, &in_));
  }
  return false;
}

Status RemoteBackend::follow(command::Args argv, const TakeMore& take) {
  if (in_transaction_) {  // which would end with the connection
    take(Reply::failure({Code::kState, command::upper(argv[0]) + " is not supported in a transaction",
                         "COMMIT or ROLLBACK first"}));
    return {};
  }
  submit(argv);
  bool go_on = false;
  KV_TRY(finish_pending([&](Reply&& reply) {
    const bool began = reply.kind != Reply::Kind::kError;
    go_on = take(std::move(reply)) && began;
  }));
  while (go_on) {
    Reply reply;
    Result<bool> received = receive_followed(&reply);
    if (!received) return fail(lose(std::move(received.error())));
    const bool ends = reply.kind == Reply::Kind::kError;  // the server ended it
    if (*received) go_on = take(std::move(reply));
    if (ends) return {};
    go_on = go_on && *received;
  }
  drop();  // the next command opens another connection, and need not wait for unread messages
  return {};
}

Status RemoteBackend::stop_at_error(bool stop) {
  const auto answer = ask({"ONERROR", stop ? "STOP" : "GO"});
  if (!answer) return fail(answer.error());
  return {};
}

Result<Reply> RemoteBackend::ask(const std::vector<std::string_view>& argv) {
  submit(argv);
  Reply answer = Reply::failure({Code::kNetwork, "no answer", ""});
  KV_TRY(finish_pending([&](Reply&& reply) { answer = std::move(reply); }));
  if (answer.kind == Reply::Kind::kError) return fail(answer.error);
  return answer;
}

std::vector<std::string> RemoteBackend::complete_keys(std::string_view prefix, std::size_t limit) {
  using Clock = std::chrono::steady_clock;
  const auto deadline = Clock::now() + std::chrono::milliseconds(250);
  const std::string pattern = glob_of(prefix);
  std::set<std::string> found;
  std::string cursor = "0";
  do {
    auto answer = ask({"SCAN", cursor, "MATCH", pattern, "COUNT", "10000"});
    if (!answer || answer->items.size() != 2) break;
    cursor = answer->items[0].text;
    for (Reply& key : answer->items[1].items) found.insert(std::move(key.text));
    while (found.size() > limit) found.erase(std::prev(found.end()));
  } while (cursor != "0" && Clock::now() < deadline);
  return {found.begin(), found.end()};
}

std::string RemoteBackend::banner() {
  std::string out = fmt::format("kvstore {}: connected to {}", KVSTORE_VERSION, name());
  const auto count = ask({"COUNT"});
  if (count && count->kind == Reply::Kind::kInteger) {
    const auto keys = static_cast<std::uint64_t>(count->integer);
    out += ", " + plural(keys, "key");
  }
  return out;
}

std::string RemoteBackend::name() const { return address_.name(); }

}  // namespace kvstore::repl
