// What one client says and is answered: bytes in, bytes out, no socket.
//
// Everything that has arrived is executed, its replies are written into output(), and
// then it is committed once, before resume() returns: so pipelined commands share a
// sync, and the caller finds no reply in output() before it is durable. Where nothing else
// is to be done but to send a little, that is left to a caller who can wait for the client
// meanwhile (awaits_commit()). When replies
// pile up the conversation pauses (has_more()), and goes on at resume(), so memory
// stays bounded however much was pipelined. A long reply is written a piece a resume(),
// when what was before it has been sent.
//
// All memory that is held (requests, replies, buffers kept) is counted, before it
// is taken, in the server's budget. A request that finds none left is refused;
// replies then come in smaller pieces.
//
// Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/answers.h"
#include "server/session_protocol.h"
#include "src/wire/resp_writer.h"
#include "src/wire/text_writer.h"
#include "src/wire/wire_parser.h"

namespace kvstore::server {

class Conversation final : public SessionProtocol {
 public:
  // `outside` is what the caller holds for this client, see set_outside_memory().
  Conversation(Shared& shared, const ClientNames& client, std::size_t outside, Links links);

  // Takes what arrived and resume()s. False: there is no memory to take it into.
  bool receive(std::string_view bytes) override;
  // Executes what was taken, until it is used up or kPause bytes of replies wait.
  void resume() override;
  // The client will send no more: what is incomplete is an error. resume()s.
  void finish() override;
  // Answers `error` and ends, forgetting a request that is not complete.
  void refuse(const Error& error) override;
  std::string_view no_memory_reply() const override {
    return "-ERR MEMORY the server has not enough memory for this; try again later\r\n";
  }

  // Whole replies from elsewhere, after those that are there. Not while is_streaming().
  void add_output(std::string_view bytes) override;
  // Paused: resume() has work to do.
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
  // Inside a long reply: resume() once all of output() has been sent.
  bool is_streaming() const override { return text_.is_streaming() || resp_.is_streaming(); }
  // --- What may be answered later (src/command/waiting.h), and what is followed. While a command
  // waits, what arrives is taken, and executed afterwards.
  bool is_waiting() const override { return session_.is_waiting() || held_; }
  // It waits, or follows, and it is time to look: resume() does, also without is_due().
  bool is_due() const override { return session_.is_due() && !wait_held_until(); }
  // When that will be, if nobody wakes us.
  std::optional<command::WaitClock::time_point> due_at() const override {
    if (held_) return held_until();
    const auto held = wait_held_until();
    return held ? held : session_.due_at();
  }
  bool is_following() const override { return session_.is_following(); }
  bool is_subscribed() const override { return session_.is_subscribed(); }
  bool has_fallen_behind() const override { return session_.has_fallen_behind(); }
  // resume() has messages of what is followed, and nothing else: once all of output() has been
  // sent.
  bool only_follows() const override {
    return !paused_ && !is_streaming() && !session_.is_waiting();
  }
  // As much as one may hold of what has arrived and waits for a command that waits. So much is
  // taken only so that the client's end is seen behind it.
  bool takes_more() const override {
    return !held_ && (!is_waiting() || !parser_ || parser_->memory() < kTakenWhileWaiting);
  }
  void end_waits() override;

  // A request has begun and waits for its other bytes.
  bool inside_request() const override;

  // As much as one resume() may need beyond what it takes unasked.
  bool take_memory_for_replies() override { return take_memory(2 * kPause); }
  void give_memory_back() override;

 private:
  static constexpr std::size_t kPause = std::size_t{2} << 20;
  static constexpr std::size_t kLeftToOthers = std::size_t{4} << 10;  // bytes, to be sent
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
  bool crlf_ = false;                       // how the client's newest line ended
  std::string waiting_command_;             // its word, for the log
  // The request that was parsed last waits for the end of CLIENT PAUSE.
  bool held_ = false;
  bool is_stopping_ = false;  // nothing is held any more
  bool paused_ = false;
  bool asked_for_memory_ = false;  // in this resume()
  std::size_t may_hold_ = 0;       // of replies, in this resume()
  bool finishing_ = false;
  bool leaves_commit_ = false;
  bool has_received_ = false;
  bool is_guest_ = false;     // not logged in: only small requests are taken
  bool speaks_resp_ = false;  // the newest request was RESP
  std::size_t ahead_ = 0;     // requests whose keys have been looked up ahead
  wire::TextWriter text_{&output_};
  wire::RespWriter resp_{&output_};
  Answers answers_{output_};  // not yet committed
};

}  // namespace kvstore::server
