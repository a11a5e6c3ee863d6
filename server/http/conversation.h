// What one HTTP client asks and is answered: bytes in, bytes out, no socket.
//
// Requests are answered one after the other, in their order, however many have arrived
// (pipelining). The user is each request's own: Authorization of it, or default. What a request
// asks for is in routes.h.
//
// Memory is counted, and refused, as in server/conversation.h; long values are sent a piece at a
// time, and read from the store as they are sent.
//
// Not thread-safe.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "server/http/exchange.h"
#include "server/http/guard.h"
#include "server/http/routes.h"
#include "server/journal.h"
#include "server/memory_budget.h"
#include "server/protocol.h"
#include "server/shared.h"
#include "src/command/session.h"
#include "src/wire/http/parser.h"

namespace kvstore::server::http {

class Conversation final : public Protocol, private Answerer {
 public:
  // As those of server::Conversation.
  Conversation(Shared& shared, const std::string& name, const std::string& address,
               const std::string& peer, std::size_t outside, Links links);

  std::uint64_t session_id() const override { return session_.id(); }
  command::ClientCard& card() override { return session_.card(); }
  Clock::time_point last_turn() const override {
    return Clock::time_point(std::chrono::microseconds(last_turn_.load(std::memory_order_relaxed)));
  }
  std::size_t published_memory() const override {
    return published_.load(std::memory_order_relaxed);
  }

  bool receive(std::string_view bytes) override;
  void resume() override;
  void finish() override;
  bool has_lost_user() override { return session_.has_lost_user(); }
  bool is_logged_in() override { return session_.is_logged_in(); }
  void refuse(const Error& error) override;
  std::string_view no_memory_reply() const override;

  std::string& output() override { return output_; }
  // There is nothing that others have to say to an HTTP client.
  void add_output(std::string_view) override {}
  bool has_more() const override {
    return !ended_ && (paused_ || is_streaming() || (held_ ? !held_until() : is_due()));
  }
  bool is_streaming() const override { return stream_ != nullptr; }
  bool is_waiting() const override { return session_.is_waiting() || held_; }
  bool is_due() const override { return session_.is_due() || must_look_at_user(); }
  std::optional<command::WaitClock::time_point> due_at() const override {
    return held_ ? held_until() : session_.due_at();
  }
  bool is_following() const override { return events_ != nullptr; }
  bool only_follows() const override { return events_ != nullptr && !paused_ && !is_streaming(); }
  bool takes_more() const override;
  void end_waits(bool stopping) override;
  bool ended() const override { return ended_; }
  bool inside_request() const override;
  std::uint64_t answered() const override { return answered_; }

  void set_outside_memory(std::size_t bytes) override;
  bool take_memory(std::size_t bytes) override;
  bool take_memory_for_replies() override { return take_memory(2 * kPause); }
  bool keeps_memory() const override;
  void give_memory_back() override;

 private:
  static constexpr std::size_t kPause = std::size_t{256} << 10;
  static constexpr std::size_t kTakenWhileBusy = std::size_t{64} << 10;

  // --- Answerer
  command::Session::Executed run(command::Args argv, command::ReplySink& sink) override;
  Status commit() override;
  void send(wire::ResponseHead head, std::string_view body) override;
  void send(wire::ResponseHead head, std::unique_ptr<command::ReplyStream> body) override;
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
  std::size_t held() const;
  void count_memory();

  Shared& shared_;
  MemoryShare memory_;
  const std::size_t unasked_;
  const std::size_t piece_;  // of a long answer
  std::size_t outside_;
  const Links links_;
  std::size_t counted_ = 0;
  command::Session session_;
  Journal journal_;
  kvstore::wire::http::Parser parser_;
  GuardRules rules_;
  std::uint64_t rules_version_ = 0;  // of the users, when it was asked whether all is open
  std::string authorization_;        // of whom the session is logged in as; empty: default
  std::uint64_t users_version_ = 0;  // when it was asked who that is
  command::acl::UserAt user_;        // as it was then

  // --- the request that is being answered
  wire::Target target_;
  const Route* route_ = nullptr;
  bool is_refused_ = false;  // it was answered before its body came
  std::optional<Exchange> exchange_;
  std::unique_ptr<LaterAnswer> later_;
  std::string waiting_word_;
  std::unique_ptr<command::ReplyStream> stream_;  // the rest of its answer
  std::unique_ptr<EventWriter> events_;

  std::atomic<std::uint64_t> last_turn_{0};
  std::atomic<std::size_t> published_{0};
  bool paused_ = false;
  bool held_ = false;                               // by CLIENT PAUSE
  const command::Command* held_command_ = nullptr;  // that it is about, then
  bool is_stopping_ = false;
  bool finishing_ = false;
  bool had_no_memory_ = false;  // for what a client sent
  bool ended_ = false;
  std::uint64_t answered_ = 0;
  std::string output_;
};

// What a client is sent that is not served at all.
std::string refusal(const Error& error);

}  // namespace kvstore::server::http
