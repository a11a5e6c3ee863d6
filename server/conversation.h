// The requests and replies of one client: bytes in, bytes out, no socket.
//
// Everything that has arrived is executed, its replies are written to output(), and then it is
// committed once, before resume() returns. So pipelined commands share a sync, and every reply in
// output() is durable. If nothing else is left to do than to send a little, the commit may be left
// to the caller, which can wait for the client meanwhile (awaits_commit()). When replies pile up
// the conversation pauses (has_more()) and continues at resume(), so memory stays bounded whatever
// the pipeline. A long reply is written one piece per resume(), once everything before it is sent.
//
// All memory that is held (requests, replies, kept buffers) is accounted in the server's budget
// before it is taken. A request without enough memory is refused; replies then come in smaller
// pieces.
//
// Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/answers.h"
#include "server/sender.h"
#include "server/session_protocol.h"
#include "src/wire/resp_writer.h"
#include "src/wire/text_writer.h"
#include "src/wire/wire_parser.h"

namespace kvstore::server {

class Conversation final : public SessionProtocol {
 public:
  // `outside` is the memory that the caller holds for this client, see set_outside_memory().
  Conversation(Shared& shared, const ClientNames& client, std::size_t outside, Links links);

  // Takes what arrived, and calls resume(). False: not enough memory.
  bool receive(std::string_view bytes) override;
  // Executes what was taken, until it is used up or kPause bytes of replies are unsent.
  void resume() override;
  // The client will send no more: an incomplete request is an error. Calls resume().
  void finish() override;
  // Replies with `error` and ends, discarding an incomplete request.
  void refuse(const Error& error) override;
  std::string_view no_memory_reply() const override {
    return "-ERR MEMORY the server has not enough memory for this; try again later\r\n";
  }

  // Adds whole replies from elsewhere after the present output. Not while is_streaming().
  void add_output(std::string_view bytes) override;
  // True if resume() has work to do.
  bool has_more() const override {
    return !ended_ && (paused_ || is_streaming() || session_.has_messages() ||
                       (held_ ? !held_until() : is_due()));
  }
  bool awaits_commit() const override { return leaves_commit_; }
  std::optional<Status> begin_commit(CommitWaiter& waiter) override;
  void end_commit(const Status& committed, std::uint64_t took_us) override;
  bool is_of_note(const Status& committed, std::uint64_t took_us) const override {
    return journal_.is_of_note(committed, took_us);
  }
  // True within a long reply: call resume() once all of output() is sent.
  bool is_streaming() const override { return text_.is_streaming() || resp_.is_streaming(); }
  // --- Delayed replies (src/command/waiting.h), and FOLLOW. While a command waits, further
  // requests are taken, and executed afterwards.
  bool is_waiting() const override { return session_.is_waiting() || held_; }
  // True if a command waits, or something is followed, and it is time to look, which resume() does.
  // (resume() looks even if this is false.)
  bool is_due() const override { return session_.is_due() && !wait_held_until(); }
  // When that will be at the latest, without a wake-up.
  std::optional<command::WaitClock::time_point> due_at() const override {
    if (held_) return held_until();
    const auto held = wait_held_until();
    return held ? held : session_.due_at();
  }
  bool is_following() const override { return session_.is_following(); }
  bool is_subscribed() const override { return session_.is_subscribed(); }
  bool has_fallen_behind() const override { return session_.has_fallen_behind(); }
  // True if resume() would only write messages of FOLLOW: call it once all of output() is sent.
  bool only_follows() const override {
    return !paused_ && !is_streaming() && !session_.is_waiting();
  }
  // False once the limit for requests after a waiting command is reached. More is taken only so
  // that the client's end is noticed.
  bool takes_more() const override {
    return !held_ && (!is_waiting() || !parser_ || parser_->memory() < kTakenWhileWaiting);
  }
  void end_waits() override;

  // True if a request is incomplete.
  bool inside_request() const override;

  // Takes memory for one resume(), beyond what is not accounted.
  bool take_memory_for_replies() override {
    if (!take_memory(kOutput)) return false;
    output_.reserve(kOutput);  // at once: growing by steps would copy
    return true;
  }
  void give_memory_back() override;

 private:
  static constexpr std::size_t kPause = std::size_t{256} << 10;
  static constexpr std::size_t kOutput = Sender::kKeptOutput;  // for them and for the last reply
  // bytes that may be left to another thread to send
  static constexpr std::size_t kLeftToOthers = std::size_t{4} << 10;
  static constexpr std::size_t kTakenWhileWaiting = std::size_t{512} << 10;

  std::optional<Clock::time_point> held_until() const;
  bool step();
  bool deliver_messages();
  void look_ahead();
  bool must_pause();
  void stream_on();
  void execute();
  void note_executed(command::Args argv, std::size_t begin, const command::Session::Executed& done);
  void go_on();
  void follow();
  void note_dialect();
  void note_login();
  command::Dialect dialect() const;
  wire::ReplyWriter& writer();
  void note_answer(std::size_t begin, bool acknowledges_write, const command::Failure* failure);
  void answer_error(const Error& error);
  bool may_leave_commit() const;
  void flush();
  std::size_t held() const override;

  std::optional<wire::WireParser> parser_;  // none after refuse()
  bool crlf_ = false;                       // whether the client's last line ended with CR LF
  std::string waiting_command_;             // the command word, for the log
  // The last parsed request waits for the end of CLIENT PAUSE.
  bool held_ = false;
  bool is_stopping_ = false;  // no request is held any more
  bool paused_ = false;
  bool asked_for_memory_ = false;  // in this resume()
  std::size_t may_hold_ = 0;       // limit for replies in this resume()
  bool finishing_ = false;
  bool leaves_commit_ = false;
  bool has_received_ = false;
  bool is_guest_ = false;     // not logged in: only small requests are accepted
  bool speaks_resp_ = false;  // the last request was RESP
  std::size_t ahead_ = 0;     // requests whose keys were already prefetched
  wire::TextWriter text_{&output_};
  wire::RespWriter resp_{&output_};
  Answers answers_{output_};  // not yet committed
};

}  // namespace kvstore::server
