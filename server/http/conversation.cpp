#include "server/http/conversation.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "server/http/guard.h"
#include "server/http/handlers.h"
#include "server/http/parameters.h"
#include "server/http/sinks.h"
#include "src/base/clock.h"
#include "src/command/words.h"
#include "src/wire/http/conditions.h"
#include "src/wire/http/json_body.h"

namespace kvstore::server::http {
namespace {

constexpr std::size_t kFraming = std::size_t{16} << 10;

wire::ParserLimits limits_of(const Config& config) {
  wire::ParserLimits limits;
  limits.max_body = config.max_request + kFraming;
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

// A part of a value, or an encoded one, must not be stored as the value (RFC 9110, 14.5 and 8.4).
std::optional<wire::Problem> find_unreadable(const wire::Head& head) {
  if (head.field("Content-Range")) {
    return wire::Problem{400, "SYNTAX", "a part of a value cannot be set",
                         "all of it; or POST /key?append, and SETRANGE through /_/command"};
  }
  const auto coding = head.field("Content-Encoding");
  if (!coding || command::same_word(*coding, "identity")) return std::nullopt;
  wire::Problem problem{415, "UNKNOWN", "a body in a Content-Encoding is not taken",
                        "the bytes themselves, without that field"};
  problem.fields.emplace_back("Accept-Encoding", "identity");
  return problem;
}

// The hint for a request that is too long.
std::string_view hint_of_limit(unsigned status) {
  if (status == 413) return kInPieces;
  return status == 414 ? "a long key is for POST /_/command" : std::string_view();
}

std::string hint_of_target(std::string_view target) {
  const bool is_known = target.starts_with('/') || command::starts_with_word(target, "http");
  return is_known && target.find('%') != target.npos
             ? "two hexadecimal digits follow each % in it"
             : "a path that begins with /, or http://HOST before it";
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
      parser_(limits_of(shared.config)),
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

std::optional<wire::Problem> Conversation::find_refusal() {
  const wire::Head& head = parser_.head();
  auto target = wire::parse_target(head.target);
  target_ = target ? std::move(*target) : wire::Target();
  if (!target) {
    return wire::Problem{400, "SYNTAX", "the request's target is not well-formed",
                         hint_of_target(head.target)};
  }
  if (rules_version_ != shared_.users.version()) {
    rules_version_ = shared_.users.version();
    rules_.is_open = shared_.users.is_open();
  }
  if (auto intruder = find_intruder(head, target_, rules_)) return intruder;
  std::string allowed;
  route_ = find_route(head.method, target_.path, &allowed);
  if (route_ == nullptr) {
    if (allowed.empty()) {
      return wire::Problem{404, "UNKNOWN", "there is no such page",
                           "GET /_/openapi.json lists what there is"};
    }
    // OPTIONS only asks for Allow.
    wire::Problem problem{head.method == "OPTIONS" ? 204U : 405U, "UNKNOWN",
                          fmt::format("{} is not supported here", std::string(head.method)),
                          "one of: " + allowed};
    problem.fields.emplace_back("Allow", allowed);
    return problem;
  }
  if (!route_->is_public) {
    if (auto stranger = identify()) return stranger;
  }
  if (!route_->body.empty()) {
    if (auto unreadable = find_unreadable(head)) return unreadable;
  }
  if (auto bad = find_bad_parameter(*route_, target_)) return bad;
  const std::uint64_t most =
      std::min(shared_.config.max_request + kFraming, shared_.config.max_buffered);
  if (head.content_length.value_or(0) > most) {
    return wire::Problem{
        413, "TOOBIG",
        fmt::format("the body has {} bytes, the limit is {}", *head.content_length, most),
        std::string(hint_of_limit(413))};
  }
  return std::nullopt;
}

// Each request has its own user: another request of the connection, perhaps forwarded by a proxy,
// proves nothing for it.
std::optional<wire::Problem> Conversation::identify() {
  const std::string_view given = parser_.head().field("Authorization").value_or("");
  const std::uint64_t version = shared_.users.version();
  const bool is_same = given == authorization_ && version == users_version_;
  if (!is_same) {
    session_.login().log_out();
    authorization_.clear();
    users_version_ = version;
  }
  if (!given.empty() && !is_same) {
    const auto credentials = kvstore::wire::http::basic_credentials(given);
    if (!credentials) {
      return wire::Problem{401, "WRONGPASS", "Authorization is not of the form Basic",
                           "curl -u user:password"};
    }
    QuietSink sink;
    // As in a URL: an empty name means user default.
    const std::string_view given_user = credentials->user;
    const std::string_view user = given_user.empty() ? "default" : given_user;
    const std::string_view words[] = {"AUTH", user, credentials->password};
    const auto done = run(words, sink);
    if (done.failure) return wire::problem_in_http(done.failure->error);
    authorization_ = given;
  }
  if (!is_same) user_ = shared_.users.find(session_.login().user_name());
  if (session_.is_logged_in()) return std::nullopt;
  return wire::Problem{401, "NOAUTH", "this server needs a password", "curl -u user:password"};
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

// --- FOLLOW

void Conversation::follow(std::unique_ptr<EventWriter> writer, std::string_view first) {
  wire::ResponseHead head{.content_type = wire::kEvents, .content_length = std::nullopt};
  head.is_chunked = !parser_.head().is_http_1_0();
  head.closes = true;
  head.add("Cache-Control", "no-store");
  wire::append_head(head, now_us() / 1'000'000, &output_);
  ++answered_;
  events_ = std::move(writer);
  add_event(first);
  parser_.drop_input();
}

void Conversation::add_event(std::string_view event) {
  if (event.empty()) return;
  const bool is_chunked = !exchange_->head.is_http_1_0();
  if (is_chunked) wire::begin_chunk(event.size(), &output_);
  output_ += event;
  if (is_chunked) output_ += wire::kEndOfChunk;
}

void Conversation::end_events() {
  session_.end_following();
  if (!exchange_->head.is_http_1_0()) output_ += wire::kLastChunk;
  events_.reset();
  ended_ = true;
}

void Conversation::end_events(const Error& why) {
  std::string event;
  append_error_event(why, &event);
  add_event(event);
  end_events();
}

// A user that could not begin now must not continue: one that is off, or whose password has
// changed. (Permissions are checked by the session.)
bool Conversation::may_still_log_in() {
  users_version_ = shared_.users.version();
  if (user_ == nullptr) return true;
  const auto now = shared_.users.find(user_->name);
  const auto has_hash = [&](const std::string& hash) {
    return std::find(now->hashes.begin(), now->hashes.end(), hash) != now->hashes.end();
  };
  return now != nullptr && now->is_on &&
         (now->needs_no_password ||
          (!user_->needs_no_password &&
           std::all_of(user_->hashes.begin(), user_->hashes.end(), has_hash)));
}

// Writes some events; more follow when these are sent.
void Conversation::write_events() {
  using Step = command::Follower::Step;
  if (must_look_at_user() && !may_still_log_in()) {
    return end_events(Error{Code::kNoAuth, "the user's password has changed, or it is off", {}});
  }
  const std::size_t enough = output_.size() + piece_;
  std::string event;
  while (session_.is_following() && output_.size() < enough && begin_command()) {
    events_->begin_event();
    if (session_.next_message(events_->sink()) != Step::kMessage) return;
    event.clear();
    events_->write(&event);
    // An id tells where to continue: events that are not sent now are sent after a reconnect.
    if (event.size() > piece_ && !take_memory(2 * event.size())) {
      return end_events(Error{Code::kLimit, "there is no memory for the next event",
                              "go on after the last one, later"});
    }
    add_event(event);
  }
  if (!session_.is_following()) end_events();
}

void Conversation::end_waits() {
  session_.end_wait(command::WaitEnd::kTimeout);
  is_stopping_ = true;
  if (is_following()) end_events();
  if (std::exchange(held_, false)) handle();
}

// --- The end

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
