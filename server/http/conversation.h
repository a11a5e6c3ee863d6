// The requests and responses of one HTTP client: bytes in, bytes out, no socket.
//
// Pipelined requests are answered in order. Their writes are committed once, before the responses
// are in output(). Each request names its own user by Authorization, or uses the default user. The
// resources are listed in routes.h.
//
// Memory is accounted, and refused, as in server/conversation.h. Long values are read from the
// store and sent in pieces.
//
// Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "server/http/answers.h"
#include "server/http/exchange.h"
#include "server/http/guard.h"
#include "server/http/routes.h"
#include "server/session_protocol.h"
#include "src/wire/http/parser.h"

namespace kvstore::server::http {

class Conversation final : public SessionProtocol, private Answerer {
 public:
  // As in server::Conversation.
  Conversation(Shared& shared, const ClientNames& client, std::size_t outside, Links links);

  bool receive(std::string_view bytes) override;
  void resume() override;
  void finish() override;
  void refuse(const Error& error) override;
  std::string_view no_memory_reply() const override;

  // Other parts of the server have nothing to send to an HTTP client.
  void add_output(std::string_view) override {}
  bool has_more() const override {
    return !ended_ && (paused_ || is_streaming() || (held_ ? !held_until() : is_due()));
  }
  bool is_streaming() const override { return stream_ != nullptr; }
  bool is_waiting() const override { return session_.is_waiting() || held_; }
  bool is_due() const override {
    return (session_.is_due() && !wait_held_until()) || must_look_at_user();
  }
  std::optional<command::WaitClock::time_point> due_at() const override {
    if (held_) return held_until();
    const auto held = wait_held_until();
    return held ? held : session_.due_at();
  }
  bool is_following() const override { return events_ != nullptr; }
  bool only_follows() const override { return events_ != nullptr && !paused_ && !is_streaming(); }
  bool takes_more() const override;
  void end_waits() override;
  bool inside_request() const override;

  bool take_memory_for_replies() override { return take_memory(2 * kPause); }
  void give_memory_back() override;

 private:
  static constexpr std::size_t kPause = std::size_t{256} << 10;
  static constexpr std::size_t kTakenWhileBusy = std::size_t{64} << 10;
  static constexpr std::size_t kFraming = std::size_t{16} << 10;  // of a body, beside --max-request

  // --- Answerer
  command::Session::Executed run(command::Args argv, command::ReplySink& sink) override;
  void send(wire::ResponseHead head, std::string_view body) override;
  void send(wire::ResponseHead head, std::unique_ptr<command::ReplyStream> body) override;
  void note_write() override {
    session_.note_write();
    wrote_ = true;
  }
  bool take_memory(std::size_t bytes) override { return SessionProtocol::take_memory(bytes); }
  void wait(std::unique_ptr<LaterAnswer> later, std::string_view word) override;
  void follow(std::unique_ptr<EventWriter> writer, std::string_view first) override;

  std::size_t piece() const override { return piece_; }

  bool is_busy() const { return is_streaming() || is_waiting() || is_following(); }
  bool step();
  void take_head();
  std::optional<wire::Problem> find_refusal();
  std::optional<wire::Problem> identify();
  void take_request();
  void handle();
  void go_on();
  void stream_on();
  void write_events();
  void add_event(std::string_view event);
  void end_events();
  void end_events(const Error& why);
  bool must_look_at_user() const {
    return is_following() && shared_.users.version() != users_version_;
  }
  bool may_still_log_in();
  bool must_pause() const;
  Status find_held_command();
  std::optional<Clock::time_point> held_until() const;
  void refuse_request(const wire::Problem& problem);
  void finish_answer(bool closes);
  bool closes_after() const;
  void add_answer(std::size_t begin, bool closes);
  void flush();
  std::size_t held() const override;

  kvstore::wire::http::Parser parser_;
  GuardRules rules_;
  std::uint64_t rules_version_ = 0;  // version of the users when it was checked whether passwords
                                     // are needed
  std::string authorization_;        // of the session's user; empty: default
  std::uint64_t users_version_ = 0;  // version of the users when user_ was looked up
  command::acl::UserAt user_;        // the user at that version

  // --- The request that is being answered.
  wire::Target target_;
  const Route* route_ = nullptr;
  bool is_refused_ = false;  // answered before its body has arrived
  bool wrote_ = false;       // its response acknowledges a write
  std::optional<Exchange> exchange_;
  std::unique_ptr<LaterAnswer> later_;
  std::string waiting_word_;
  std::unique_ptr<command::ReplyStream> stream_;  // the rest of its response
  std::unique_ptr<EventWriter> events_;

  bool paused_ = false;
  bool held_ = false;                               // held by CLIENT PAUSE
  const command::Command* held_command_ = nullptr;  // the command of the held request
  bool is_stopping_ = false;
  bool finishing_ = false;
  bool had_no_memory_ = false;  // for input of the client
  Answers answers_{output_};    // not yet committed
};

// The response to a client that is not served at all.
std::string refusal(const Error& error);

}  // namespace kvstore::server::http
