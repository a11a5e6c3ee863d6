#include "server/http/conversation.h"

#include <utility>

#include "server/http/handlers.h"
#include "server/http/sinks.h"
#include "src/base/clock.h"
#include "src/wire/http/json_body.h"

namespace kvstore::server::http {
namespace {

wire::ParserLimits limits_of(const Config& config, std::uint64_t framing) {
  wire::ParserLimits limits;
  limits.max_body = config.max_request + framing;
  return limits;
}

GuardRules rules_of(const Shared& shared) {
  GuardRules rules{.is_open = true, .names = shared.config.http_names};
  if (shared.config.http_listen) rules.names.push_back(shared.config.http_listen->address);
  return rules;
}

// Appends the parts of a stream unchanged.
class PartSink final : public QuietSink {
 public:
  explicit PartSink(std::string* out) : out_(*out) {}
  void value(std::string_view bytes) override { out_ += bytes; }
  void part(std::string_view bytes) override { out_ += bytes; }

 private:
  std::string& out_;
};

// The hint for a request that is too long.
std::string_view hint_of_limit(unsigned status) {
  if (status == 413) return kInPieces;
  return status == 414 ? "a long key is for POST /_/command" : std::string_view();
}

}  // namespace

std::string refusal(const Error& error) {
  std::string whole;
  append_problem(wire::problem_in_http(error), true, false, &whole);
  return whole;
}

Conversation::Conversation(Shared& shared, const ClientNames& client, std::size_t outside,
                           Links links)
    : SessionProtocol(shared, client, outside, links, UINT64_MAX),
      parser_(limits_of(shared.config, kFraming)),
      rules_(rules_of(shared)) {
  count_memory();
}

// --- Input

// While something is followed, requests are impossible: input is discarded.
bool Conversation::receive(std::string_view bytes) {
  if (ended_ || bytes.empty() || is_following()) return true;
  count_memory();
  const std::size_t more = parser_.memory_after(bytes.size()) - parser_.memory();
  had_no_memory_ = more > 0 && !take_memory(more);
  if (had_no_memory_) return false;
  parser_.feed(bytes);
  resume();
  return true;
}

bool Conversation::takes_more() const { return !is_busy() || parser_.memory() < kTakenWhileBusy; }

// A following client that closes its end has gone: browsers and curl close both directions at once.
void Conversation::finish() {
  finishing_ = true;
  if (is_following()) {
    ended_ = true;
    return;
  }
  resume();
}

bool Conversation::inside_request() const {
  return !ended_ && !is_following() && parser_.is_inside_request();
}

void Conversation::resume() {
  paused_ = false;
  journal_.begin_turn();
  if (is_streaming()) stream_on();
  const command::LeavesCommandSection leaves(*session_.card().section);
  if (session_.is_waiting() && is_due() && begin_command() && is_due()) go_on();
  if (held_ && begin_command() && !held_until()) {
    held_ = false;
    handle();
  }
  while (!ended_ && !paused_ && !is_busy() && begin_command() && step()) paused_ = must_pause();
  session_.card().section->leave();
  flush();
  if (!ended_ && !paused_ && !is_streaming() && is_following() && is_due()) write_events();
  end_turn();
}

bool Conversation::must_pause() const {
  return is_streaming() || output_.size() >= unasked_ || turn_is_long();
}

// False: nothing to do before more input arrives.
bool Conversation::step() {
  using Event = kvstore::wire::http::Parser::Event;
  switch (parser_.next()) {
    case Event::kNeedInput:
      if (!finishing_) return false;
      if (parser_.is_inside_request()) {
        refuse_request({400, "SYNTAX", "the request is cut off"});
      }
      ended_ = true;
      return false;
    case Event::kHead:
      take_head();
      return true;
    case Event::kRequest:
      take_request();
      return true;
    case Event::kError: {
      const auto& error = parser_.error();
      const bool is_too_big = error.status == 413 || error.status == 414 || error.status == 431;
      journal_.bad_protocol({is_too_big ? Code::kTooBig : Code::kSyntax, error.message, {}});
      refuse_request({error.status, is_too_big ? "TOOBIG" : "SYNTAX", error.message,
                      std::string(hint_of_limit(error.status))});
      return true;
    }
  }
  return false;
}

// --- Requests

// Checks everything that is known before the body arrives: a refused client need not send it.
void Conversation::take_head() {
  is_refused_ = wrote_ = false;
  exchange_.reset();
  const wire::Head& head = parser_.head();
  if (const auto problem = find_refusal()) {
    is_refused_ = true;
    exchange_.emplace(static_cast<Answerer&>(*this), shared_, session_, head, target_);
    exchange_->fail(*problem);
    // The body, if it is sent nonetheless, is not read, so the next request could not be found.
    if (head.has_body) ended_ = true;
    return;
  }
  if (head.expects_continue && head.has_body) output_ += "HTTP/1.1 100 Continue\r\n\r\n";
}

void Conversation::take_request() {
  if (is_refused_) return;
  exchange_.emplace(static_cast<Answerer&>(*this), shared_, session_, parser_.head(), target_);
  exchange_->body = parser_.body();
  if (shared_.client_pause.is_on() && !is_stopping_) [[unlikely]] {
    if (const Status found = find_held_command(); !found) return exchange_->fail(found.error());
    held_ = held_until().has_value();
    if (held_) return;
  }
  handle();
}

// Finds it once, so that the body is not parsed repeatedly while it is held.
Status Conversation::find_held_command() {
  held_command_ = nullptr;
  if (route_->command != kAsGiven) {
    if (!route_->command.empty()) held_command_ = command::find_command(route_->command);
    return {};
  }
  KV_TRY(exchange_->take_memory_to_parse());
  const auto words = kvstore::wire::http::parse_command_body(exchange_->body);
  if (words) held_command_ = command::find_command(words->front());
  return {};
}

std::optional<Clock::time_point> Conversation::held_until() const {
  return held_command_ != nullptr ? shared_.client_pause.holds(held_command_, session_)
                                  : std::nullopt;
}

// A slow page must not hold what a run of writes holds.
void Conversation::handle() {
  const bool is_page = route_->command.empty() || route_->handler == show_space_map;
  if (is_page) {
    session_.card().section->leave();
    flush();
  }
  // Not while each command is logged, which may be slow.
  session_.set_more_follow(parser_.has_buffered() && !shared_.log->shows(Level::kTrace));
  route_->handler(*exchange_);
}

// --- Responses

command::Session::Executed Conversation::run(command::Args argv, command::ReplySink& sink) {
  journal_.arrived(argv);
  auto done = session_.execute(argv, sink);
  if (!done.was_refused) journal_.accepted(argv);
  if (done.waits) return done;
  wrote_ = wrote_ || done.acknowledges_write;
  journal_.executed(argv, done.failure ? &*done.failure : nullptr);
  shared_.commands.fetch_add(1, std::memory_order_relaxed);
  return done;
}

void Conversation::flush() {
  if (answers_.empty() && !session_.has_uncommitted()) return;
  const bool wrote = session_.has_uncommitted();
  const std::uint64_t began_us = wrote ? Journal::now_us() : 0;
  const Status committed = session_.commit();
  if (wrote) journal_.committed(committed, Journal::now_us() - began_us, answers_.size());
  if (!committed) answers_.take_back(committed.error());
  answers_.clear();
}

bool Conversation::closes_after() const {
  const wire::Head& head = parser_.head();
  return !head.keeps_alive || head.is_http_1_0() || (is_refused_ && head.has_body) || is_stopping_;
}

void Conversation::send(wire::ResponseHead head, std::string_view body) {
  head.closes = closes_after();
  const std::size_t begin = output_.size();
  // HEAD gets the length of GET's response, if the handler knows it.
  const bool is_head = parser_.head().method == "HEAD";
  if (!is_head || !body.empty()) head.content_length = body.size();
  wire::append_head(head, now_us() / 1'000'000, &output_);
  if (!is_head && head.status != 304 && head.status != 204) output_ += body;
  add_answer(begin, head.closes);
  finish_answer(head.closes);
}

void Conversation::send(wire::ResponseHead head, std::unique_ptr<command::ReplyStream> body) {
  head.closes = closes_after();
  head.content_length = body->left();
  const std::size_t begin = output_.size();
  wire::append_head(head, now_us() / 1'000'000, &output_);
  add_answer(begin, head.closes);
  if (parser_.head().method == "HEAD") return finish_answer(head.closes);
  stream_ = std::move(body);
}

void Conversation::add_answer(std::size_t begin, bool closes) {
  answers_.add({.begin = begin,
                .end = output_.size(),
                .acknowledges_write = wrote_,
                .closes = closes,
                .is_head = parser_.head().method == "HEAD"});
}

void Conversation::finish_answer(bool closes) {
  ++answered_;
  ended_ = ended_ || closes;
}

// Writes the next piece of a long response.
void Conversation::stream_on() {
  PartSink sink(&output_);
  const std::size_t enough = output_.size() + piece_;
  while (stream_->left() > 0 && output_.size() < enough) {
    const Status written = stream_->next(sink);
    if (written) continue;
    // The part that was sent cannot be taken back: the truncation shows that it is incomplete.
    stream_.reset();
    journal_.broken_reply(written.error());
    ended_ = true;
    return;
  }
  if (stream_->left() > 0) return;
  stream_.reset();
  finish_answer(closes_after());
}

void Conversation::wait(std::unique_ptr<LaterAnswer> later, std::string_view word) {
  later_ = std::move(later);
  waiting_word_ = word;
}

void Conversation::go_on() {
  const auto done = session_.go_on(later_->sink());
  if (done.waits) return;
  wrote_ = wrote_ || done.acknowledges_write;
  const std::string_view words[] = {waiting_word_};
  journal_.executed(words, done.failure ? &*done.failure : nullptr);
  shared_.commands.fetch_add(1, std::memory_order_relaxed);
  const auto later = std::move(later_);
  later->answer(*exchange_, done);
}

// --- The end

void Conversation::end_waits() {
  session_.end_wait(command::WaitEnd::kTimeout);
  is_stopping_ = true;
  if (is_following()) end_events();
  if (std::exchange(held_, false)) handle();
}

void Conversation::refuse_request(const wire::Problem& problem) {
  append_problem(problem, true, false, &output_);
  ++answered_;
  ended_ = true;
}

// A client without a request gets no response: its connection is closed.
void Conversation::refuse(const Error& error) {
  flush();
  const bool is_asking =
      !is_streaming() && !is_following() && (inside_request() || is_waiting() || had_no_memory_);
  if (is_asking) refuse_request(wire::problem_in_http(error));
  ended_ = true;
  held_ = false;
  stream_.reset();
  events_.reset();
  later_.reset();
  session_.end_following();
  parser_.drop_input();
  count_memory();
}

std::string_view Conversation::no_memory_reply() const {
  return "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/problem+json\r\n"
         "Content-Length: 114\r\nConnection: close\r\n\r\n"
         R"({"type":"urn:kvstore:error:MEMORY","title":"Out of memory","status":503,"code":"MEMORY","detail":"out of memory"})"
         "\n";
}

// --- Memory

std::size_t Conversation::held() const {
  return parser_.memory() + output_.capacity() + (stream_ ? stream_->memory() : 0) +
         answers_.memory() + session_.waiting_memory();
}

void Conversation::give_memory_back() {
  if (!is_busy()) {
    exchange_.reset();
    parser_.trim();
  }
  if (output_.empty()) std::string().swap(output_);
  answers_.give_memory_back();
  count_memory();
}

}  // namespace kvstore::server::http
