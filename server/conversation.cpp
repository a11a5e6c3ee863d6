#include "server/conversation.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "server/web_request.h"

namespace kvstore::server {
namespace {

constexpr std::size_t kKeyAndFraming = std::size_t{128} << 10;  // of a request, besides its value

wire::Limits limits_of(const Config& config) {
  wire::Limits limits;
  limits.max_line = std::min(limits.max_line, config.max_request);
  limits.max_value = config.max_request;
  limits.max_request = config.max_request + kKeyAndFraming;
  return limits;
}

// Limits before the login, enough for AUTH and HELLO.
wire::Limits limits_of_guest(const Config& config) {
  wire::Limits limits = limits_of(config);
  limits.max_line = std::min(limits.max_line, std::size_t{4} << 10);
  limits.max_value = std::min(limits.max_value, std::size_t{4} << 10);
  limits.max_request = std::min(limits.max_request, std::size_t{16} << 10);
  limits.max_words = 10;
  limits.is_guest = true;
  return limits;
}

// Detects the first two bytes of a TLS handshake, of which only one may have arrived. No command
// begins so. Parsed as a line, its end might never come.
bool begins_tls(std::string_view bytes) {
  return std::string_view("\x16\x03").starts_with(bytes.substr(0, 2));
}

}  // namespace

Conversation::Conversation(Shared& shared, const ClientNames& client, std::size_t outside,
                           Links links)
    : SessionProtocol(shared, client, outside, links, kMaxValueSize),
      parser_(std::in_place, limits_of(shared.config)) {
  note_login();
  count_memory();
}

bool Conversation::receive(std::string_view bytes) {
  if (ended_ || bytes.empty()) return true;
  if (!std::exchange(has_received_, true) && begins_tls(bytes)) {
    refuse(Error{Code::kUsage, "this port speaks plain text, and not TLS",
                 "without --tls, or the server's --tls-listen"});
    journal_.tls_request();
    return true;
  }
  const std::size_t more = parser_->memory_after(bytes.size()) - parser_->memory();
  count_memory();
  if (more > 0 && !take_memory(more)) return false;
  parser_->feed(bytes);
  resume();
  return true;
}

void Conversation::add_output(std::string_view bytes) {
  output_.append(bytes);
  count_memory();
}

void Conversation::finish() {
  finishing_ = true;
  if (!parser_) return;
  parser_->finish();
  resume();
}

void Conversation::resume() {
  paused_ = false;
  asked_for_memory_ = false;
  may_hold_ = unasked_;
  journal_.begin_turn();
  if (is_streaming()) stream_on();
  bool may_execute = deliver_messages();
  const command::LeavesCommandSection leaves(*session_.card().section);
  if (may_execute && session_.is_waiting() && is_due() && begin_command() && is_due()) go_on();
  if (may_execute && held_ && begin_command() && !held_until()) {
    session_.card().is_held = held_ = false;
    execute();
  }
  while (may_execute && !ended_ && !paused_ && !is_streaming() && !is_waiting() &&
         begin_command() && step()) {
    paused_ = must_pause();
    may_execute = paused_ || ended_ || !speaks_resp_ || deliver_messages();
  }
  if (!may_execute) paused_ = !session_.has_messages();  // until the last message is sent
  session_.card().section->leave();
  leaves_commit_ = may_leave_commit();
  if (!leaves_commit_) flush();
  if (!ended_ && !paused_ && !is_streaming() && !is_waiting() && is_due()) follow();
  end_turn();
}

std::optional<Clock::time_point> Conversation::held_until() const {
  const auto& argv = parser_->request().argv;
  const command::Command* const row = command::find_command(argv[0]);
  if (row == nullptr || !row->takes(argv.size() - 1)) return std::nullopt;  // it is refused
  return shared_.client_pause.holds(row, session_);
}

// True if replies have piled up or taken long, or if the last one is a long one, which is sent
// after those before it.
bool Conversation::must_pause() {
  if (is_streaming() || turn_is_long()) return true;
  const std::size_t waiting = output_.size() + answers_.size() * sizeof(PendingAnswer);
  if (waiting < unasked_) return false;
  if (!asked_for_memory_) {
    asked_for_memory_ = true;
    if (!take_memory_for_replies()) return true;
    may_hold_ = kPause;
  }
  return waiting >= may_hold_;
}

// Messages that have arrived go before the replies of commands executed now: also those that the
// client has just published to itself, before it may unsubscribe. False: there are more than can be
// sent at once.
bool Conversation::deliver_messages() {
  if (!session_.has_messages()) return true;
  if (is_streaming() || ended_) return false;
  // An entry of their own, so that they are not part of the reply before them.
  if (!answers_.empty()) {
    answers_.add().begin = output_.size();
  }
  const auto is_enough = [this] { return is_streaming() || output_.size() >= piece_; };
  return session_.write_messages(writer(), is_enough) && !is_streaming();
}

// Writes the next piece of a long reply.
void Conversation::stream_on() {
  wire::ReplyWriter& writer = this->writer();
  const Status written = writer.pump(piece_);
  if (written) return;
  // The part that was sent cannot be taken back, and an error after it would be read as bytes of
  // the value.
  writer.drop_stream();
  journal_.broken_reply(written.error());
  ended_ = true;
}

// Prefetches for the keys of pipelined requests, which are far apart in memory, together: before
// the first is executed, and before the writer lock is held for them.
void Conversation::look_ahead() {
  if (ahead_ > 0) {
    --ahead_;
    return;
  }
  std::array<std::string_view, 16> keys;
  const std::size_t count = parser_->look_ahead(keys);
  if (count < 2) return;
  shared_.store.prefetch(std::span(keys).first(count));
  ahead_ = count - 1;
}

// Handles one request or error. False: there is no complete one.
bool Conversation::step() {
  using Event = wire::RequestParser::Event;
  look_ahead();
  switch (parser_->next()) {
    case Event::kNeedInput:
      return false;
    case Event::kRequest:
      execute();
      return true;
    case Event::kError:
      crlf_ = parser_->error_crlf();
      session_.note_error();
      answer_error(parser_->error());
      return true;
    case Event::kFatal:
      journal_.bad_protocol(parser_->error());
      answer_error(parser_->error());
      ended_ = true;
      return true;
    case Event::kEnd:
      ended_ = !is_following();  // a client that only reads continues to get messages
      return false;
  }
  return false;
}

void Conversation::execute() {
  const wire::Request& request = parser_->request();
  crlf_ = request.crlf;
  if (is_web_request(request.argv, parser_->is_resp())) {
    refuse(Error{Code::kSyntax, "this is not a web server; a browser was sent here",
                 "HTTP has a port of its own: --http"});
    journal_.web_request();
    return;
  }
  if (shared_.client_pause.is_on() && !is_stopping_) [[unlikely]] {
    session_.card().is_held = held_ = held_until().has_value();
    if (held_) return;
  }
  journal_.arrived(request.argv);
  note_dialect();
  // Not while each command is logged, which may be slow.
  session_.set_more_follow(parser_->has_buffered() && !shared_.log->shows(Level::kTrace));
  const std::size_t begin = output_.size();
  const command::Session::Executed done = session_.execute(request.argv, writer());
  if (!done.was_refused) journal_.accepted(request.argv);
  note_executed(request.argv, begin, done);
  if (session_.is_waiting()) waiting_command_ = request.argv[0];
}

void Conversation::note_executed(command::Args argv, std::size_t begin,
                                 const command::Session::Executed& done) {
  if (done.waits) return;
  const command::Failure* failure = done.failure ? &*done.failure : nullptr;
  journal_.executed(argv, failure);
  note_login();
  ended_ = session_.exiting();
  if (session_.takes_reply_back()) [[unlikely]] {
    text_.drop_stream();
    resp_.drop_stream();
    output_.resize(begin);
    return;
  }
  note_answer(begin, done.acknowledges_write, failure);
}

// Lets the waiting command look again.
void Conversation::go_on() {
  const std::size_t begin = output_.size();
  const std::string_view words[] = {waiting_command_};
  note_executed(words, begin, session_.go_on(writer()));
}

// Writes some messages of FOLLOW.
void Conversation::follow() {
  using Step = command::Follower::Step;
  const std::size_t enough = output_.size() + piece_;
  while (session_.is_following() && output_.size() < enough && !is_streaming() && begin_command()) {
    if (session_.next_message(writer()) != Step::kMessage) return;
  }
  paused_ = finishing_ && !session_.is_following();  // an error has ended it
}

void Conversation::end_waits() {
  session_.end_wait(command::WaitEnd::kTimeout);
  session_.end_following();
  is_stopping_ = true;
  if (std::exchange(held_, false)) execute();
}

void Conversation::note_login() {
  const bool is_guest = !session_.is_logged_in();
  if (is_guest == is_guest_) return;
  is_guest_ = is_guest;
  parser_->set_limits(is_guest ? limits_of_guest(shared_.config) : limits_of(shared_.config));
}

// `redis-cli --pipe` sends the file unchanged, then an empty line, and then expects RESP, which is
// what the file was. Lines that end in LF alone are answered in text, which it cannot read; replies
// that are not sent yet can still be reworded.
void Conversation::note_dialect() {
  if (parser_->is_resp() && !speaks_resp_) {
    speaks_resp_ = true;
    if (parser_->opened_after_blank_crlf()) answers_.reword(resp_);
  }
  session_.set_dialect(dialect());
}

// RESP2 or RESP3, as chosen by HELLO, if the connection uses RESP.
command::Dialect Conversation::dialect() const {
  if (!parser_ || !parser_->is_resp()) return command::Dialect::kText;
  const command::Dialect chosen = session_.dialect();
  return chosen == command::Dialect::kText ? command::Dialect::kResp2 : chosen;
}

wire::ReplyWriter& Conversation::writer() {
  if (dialect() != command::Dialect::kText) return resp_;
  text_.set_crlf(crlf_);
  return text_;
}

void Conversation::note_answer(std::size_t begin, bool acknowledges_write,
                               const command::Failure* failure) {
  ++answered_;
  shared_.commands.fetch_add(1, std::memory_order_relaxed);
  PendingAnswer& answer = answers_.add();
  answer.begin = begin;
  answer.acknowledges_write = acknowledges_write;
  answer.is_resp = dialect() != command::Dialect::kText;
  answer.crlf = crlf_;
  if (failure != nullptr && !speaks_resp_) answer.redis = failure->redis;
}

void Conversation::answer_error(const Error& error) {
  const std::size_t begin = output_.size();
  wire::ReplyWriter& writer = this->writer();
  writer.start();
  writer.error(error);
  note_answer(begin, false, nullptr);
}

void Conversation::refuse(const Error& error) {
  if (!is_streaming()) answer_error(error);  // within a long reply an error cannot be sent
  text_.drop_stream();
  resp_.drop_stream();
  ended_ = true;
  held_ = false;
  flush();
  parser_.reset();
  count_memory();
}

bool Conversation::inside_request() const {
  if (!parser_ || ended_) return false;
  return parser_->has_buffered() || parser_->pending().what != wire::Pending::What::kNothing;
}

// True if only a little is left to send, and then to wait for the client.
bool Conversation::may_leave_commit() const {
  return links_.commits && session_.has_uncommitted() && output_.size() <= kLeftToOthers &&
         !ended_ && !finishing_ && !has_more() && !is_waiting() && !is_following() &&
         !is_subscribed() && !shared_.buffered.is_scarce();
}

void Conversation::flush() {
  if (answers_.empty() && !session_.has_uncommitted()) return;
  const bool wrote = session_.has_uncommitted();
  const std::uint64_t began_us = wrote ? Journal::now_us() : 0;
  const Status committed = session_.commit();
  if (wrote) return end_commit(committed, Journal::now_us() - began_us);
  answers_.clear();
}

std::optional<Status> Conversation::begin_commit(CommitWaiter& waiter) {
  return session_.commit(waiter);
}

void Conversation::end_commit(const Status& committed, std::uint64_t took_us) {
  journal_.committed(committed, took_us, answers_.size());
  if (!committed) answers_.take_back(committed.error());
  answers_.clear();
  leaves_commit_ = false;
}

// --- Memory --------------------------------------------------------------

std::size_t Conversation::held() const {
  return (parser_ ? parser_->memory() : 0) + output_.capacity() + text_.memory() + resp_.memory() +
         answers_.memory() + session_.waiting_memory() + session_.queued_memory() +
         session_.subscription_memory();
}

void Conversation::give_memory_back() {
  if (parser_) parser_->trim();
  if (output_.empty()) std::string().swap(output_);
  answers_.give_memory_back();
  count_memory();
}

}  // namespace kvstore::server
