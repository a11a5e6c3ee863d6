#include "server/conversation.h"

#include <algorithm>
#include <chrono>
#include <iterator>

#include <fmt/core.h>

#include "src/base/check.h"
#include "src/command/reply.h"
#include "src/command/words.h"
#include "src/store/store.h"
#include "src/wire/text_reply_parser.h"

namespace kvstore::server {
namespace {

// Replies that are ready do not wait for commands that take longer, and where nobody is
// left to read them the socket says so.
constexpr std::uint64_t kLongestTurnUs = 20'000;

constexpr std::size_t kKeyAndFraming = std::size_t{128} << 10;  // a request beside its value

wire::Limits limits_of(const Config& config) {
  wire::Limits limits;
  limits.max_line = std::min(limits.max_line, config.max_request);
  limits.max_value = config.max_request;
  limits.max_request = config.max_request + kKeyAndFraming;
  return limits;
}

std::uint64_t monotonic_us() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(now).count());
}

// What the caller's own memory leaves of the part that is not counted.
std::size_t unasked_of(const Shared& shared, std::size_t outside) {
  constexpr std::size_t kLeast = std::size_t{1} << 10;
  constexpr std::size_t kMost = std::size_t{48} << 10;
  const std::size_t free = shared.buffered.free_part();
  return std::clamp(free > outside ? free - outside : 0, kLeast, kMost);
}

// Many small pieces cost more calls: not below this.
std::size_t piece_of(const Shared& shared) {
  constexpr std::size_t kLeast = std::size_t{4} << 10;
  constexpr std::size_t kMost = std::size_t{64} << 10;
  return std::clamp(shared.buffered.free_part(), kLeast, kMost);
}

command::ServerFacts server_facts(Shared& shared) {
  const auto up = std::chrono::steady_clock::now() - shared.started;
  command::ServerFacts facts;
  facts.address = shared.endpoint.to_string();
  facts.port = shared.endpoint.port;
  facts.uptime_s = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::seconds>(up).count());
  facts.connections = shared.connections.load(std::memory_order_relaxed);
  facts.connections_accepted = shared.accepted.load(std::memory_order_relaxed);
  facts.connections_refused = shared.refused.load(std::memory_order_relaxed);
  facts.connections_dropped = shared.dropped.load(std::memory_order_relaxed);
  facts.max_connections = shared.config.max_connections;
  facts.commands_served = shared.commands.load(std::memory_order_relaxed);
  facts.commands_slow = shared.slow_commands.load(std::memory_order_relaxed);
  facts.commands_per_second = shared.command_rate.per_second(facts.commands_served);
  facts.damage = shared.damage.warning();
  facts.buffered_bytes = shared.buffered.used();
  return facts;
}

}  // namespace

Conversation::Conversation(Shared& shared, const std::string& name, std::size_t outside)
    : shared_(shared),
      name_(name),
      memory_(shared.buffered),
      unasked_(unasked_of(shared, outside)),
      piece_(piece_of(shared)),
      outside_(outside),
      session_(shared.store,
               {.server = [](void* self) { return server_facts(static_cast<Conversation*>(self)->shared_); },
                .take_memory =
                    [](void* self, std::size_t bytes) {
                      return static_cast<Conversation*>(self)->take_memory(bytes);
                    },
                .stream_above = piece_,
                .context = this}),
      parser_(std::in_place, limits_of(shared.config)) {
  count_memory();
}

bool Conversation::receive(std::string_view bytes) {
  if (ended_ || bytes.empty()) return true;
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
  turn_began_us_ = clock_us_ = monotonic_us();
  if (is_streaming()) stream_on();
  while (!ended_ && !paused_ && !is_streaming() && step()) paused_ = must_pause();
  flush();
  count_memory();
}

// Replies have piled up or taken long, or the newest is a long one, which comes when those
// before it are sent.
bool Conversation::must_pause() {
  if (is_streaming() || clock_us_ - turn_began_us_ > kLongestTurnUs) return true;
  const std::size_t waiting = output_.size() + answers_.size() * sizeof(Answer);
  if (waiting < unasked_) return false;
  if (!asked_for_memory_) {
    asked_for_memory_ = true;
    if (!take_memory_for_replies()) return true;
    may_hold_ = kPause;
  }
  return waiting >= may_hold_;
}

// The next piece of a long reply.
void Conversation::stream_on() {
  wire::ReplyWriter& writer = this->writer();
  const Status written = writer.pump(piece_);
  if (written) return;
  // What was sent of it cannot be taken back, nor can an error follow it: there
  // it would pass for bytes of the value.
  writer.drop_stream();
  shared_.damage.note(written.error());
  shared_.log->error("{}: closed inside a reply that had begun: {} {}", name_,
                     code_name(written.error().code), written.error().message);
  shared_.dropped.fetch_add(1, std::memory_order_relaxed);
  ended_ = true;
}

// One request or error. False: there is no complete one.
bool Conversation::step() {
  using Event = wire::RequestParser::Event;
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
      shared_.dropped.fetch_add(1, std::memory_order_relaxed);
      if (const auto quiet = shared_.refusals.admit()) {
        shared_.log->warn("{} dropped: {}{}", name_, parser_->error().message, like_it(*quiet));
      }
      answer_error(parser_->error());
      ended_ = true;
      return true;
    case Event::kEnd:
      ended_ = true;
      return false;
  }
  return false;
}

// A web page can make a browser POST lines of its choice to a local port; the
// header lines would be errors, but the body would be executed.
// A GET is an error of its own, and its Host: line ends it. In RESP an argument is
// itself: there only what is no command can be meant for a web server.
bool Conversation::is_web_request() const {
  constexpr std::string_view kMethods[] = {"POST",    "PUT",     "DELETE", "HEAD",
                                           "OPTIONS", "CONNECT", "PATCH",  "TRACE"};
  const command::Args argv = parser_->request().argv;
  if (command::same_word(argv[0], "Host:")) return true;
  if (argv.size() != 3 || !argv[2].starts_with("HTTP/")) return false;
  if (parser_->is_resp() && command::find_command(argv[0]) != nullptr) return false;
  return std::find(std::begin(kMethods), std::end(kMethods), argv[0]) != std::end(kMethods);
}

void Conversation::execute() {
  const wire::Request& request = parser_->request();
  crlf_ = request.crlf;
  if (is_web_request()) {
    refuse(Error{Code::kSyntax, "this is not a web server; a browser was sent here", {}});
    shared_.log->warn("{} dropped: a web request, perhaps forged by a page", name_);
    return;
  }
  if (shared_.log->shows(Level::kTrace)) {
    shared_.log->trace("{}: {}", name_, log_command(request.argv));
  }
  if (parser_->is_resp() && !speaks_resp_) {
    speaks_resp_ = true;
    if (parser_->opened_after_blank_crlf()) reword_in_resp();
  }
  session_.set_dialect(dialect());
  // Not where each command writes a line to the log: that may take its time.
  session_.set_more_follow(parser_->has_buffered() && !shared_.log->shows(Level::kTrace));
  const std::size_t begin = output_.size();
  const command::Session::Executed done = session_.execute(request.argv, writer());
  const command::Failure* failure = done.failure ? &*done.failure : nullptr;
  note(failure);
  note_answer(begin, done.acknowledges_write, failure);
  ended_ = session_.exiting();
}

// HELLO chose between RESP2 and RESP3, if the connection is RESP at all.
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
  Answer& answer = answers_.emplace_back();
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
  if (!is_streaming()) answer_error(error);  // inside a long reply there is no place for it
  text_.drop_stream();
  resp_.drop_stream();
  ended_ = true;
  flush();
  parser_.reset();
  count_memory();
}

bool Conversation::inside_request() const {
  if (!parser_ || ended_) return false;
  return parser_->has_buffered() || parser_->pending().what != wire::Pending::What::kNothing;
}

void Conversation::flush() {
  if (answers_.empty()) return;
  const bool wrote = session_.has_uncommitted();
  const std::uint64_t began_us = wrote ? monotonic_us() : 0;
  const Status committed = session_.commit();
  if (wrote) note_commit(committed, began_us);
  if (!committed) take_back_acknowledgements(committed.error());
  answers_.clear();
}

// Nothing that was not committed may be acknowledged.
void Conversation::take_back_acknowledgements(const Error& error) {
  const std::size_t begin = answers_.front().begin;
  const std::string replies = output_.substr(begin);
  output_.resize(begin);
  wire::TextWriter text(&output_);  // those of this client may have begun a stream
  wire::RespWriter resp(&output_);
  for (std::size_t i = 0; i < answers_.size(); ++i) {
    const std::size_t from = answers_[i].begin - begin;
    const std::size_t to = i + 1 < answers_.size() ? answers_[i + 1].begin - begin : replies.size();
    text.set_crlf(answers_[i].crlf);
    if (!answers_[i].acknowledges_write) output_.append(replies, from, to - from);
    else if (answers_[i].is_resp) resp.error(error);
    else text.error(error);
  }
}

// `redis-cli --pipe` sends a file as it is, then an empty line, and then asks for
// RESP: it has read RESP all along. To lines that ended in LF alone text is
// answered, which is none; what of it has not been sent yet can still be.
void Conversation::reword_in_resp() {
  if (answers_.empty()) return;
  const std::size_t begin = answers_.front().begin;
  wire::TextReplyParser replies;
  replies.feed(std::string_view(output_).substr(begin));
  output_.resize(begin);
  for (Answer& answer : answers_) {
    KV_CHECK(replies.next() == wire::TextReplyParser::Event::kReply);
    command::Reply reply = replies.take();
    if (!answer.redis.empty()) reply.text = answer.redis;
    answer.begin = output_.size();
    command::write(reply, resp_);
  }
}

// --- memory --------------------------------------------------------------

std::size_t Conversation::held() const {
  return (parser_ ? parser_->memory() : 0) + output_.capacity() + text_.memory() + resp_.memory() +
         answers_.capacity() * sizeof(Answer);
}

void Conversation::count_memory() {
  counted_ = outside_ + held();
  memory_.correct(counted_);
}

bool Conversation::take_memory(std::size_t bytes) {
  if (!memory_.resize(counted_ + bytes)) return false;
  counted_ += bytes;
  return true;
}

void Conversation::set_outside_memory(std::size_t bytes) {
  outside_ = bytes;
  count_memory();
}

bool Conversation::keeps_memory() const { return held() > unasked_; }

void Conversation::give_memory_back() {
  if (parser_) parser_->trim();
  if (output_.empty()) std::string().swap(output_);
  if (answers_.empty()) std::vector<Answer>().swap(answers_);
  count_memory();
}

// --- the log -------------------------------------------------------------

void Conversation::note(const command::Failure* failure) {
  const command::Args argv = parser_->request().argv;
  if (failure != nullptr) {
    shared_.damage.note(failure->error);
    const command::Command* known = command::find_command(argv[0]);
    if (known != nullptr && known->has(command::kWrite)) {
      shared_.failures.write_failed(failure->error);
    } else {
      shared_.failures.read_failed(failure->error, log_command(argv));
    }
  }
  // The clock is read once a command: each one's end is the next one's beginning.
  const std::uint64_t took_us = monotonic_us() - clock_us_;
  clock_us_ += took_us;
  if (is_slow(took_us)) note_slow(took_us, log_command(argv));
}

bool Conversation::is_slow(std::uint64_t took_us) const {
  const std::uint64_t limit_us = std::uint64_t{shared_.config.slow_command_ms} * 1000;
  return limit_us != 0 && took_us >= limit_us;
}

void Conversation::note_slow(std::uint64_t took_us, const std::string& what) {
  shared_.slow_commands.fetch_add(1, std::memory_order_relaxed);
  if (const auto quiet = shared_.slow_lines.admit()) {
    shared_.log->warn("{}: slow, {} ms: {}{}", name_, took_us / 1000, what, like_it(*quiet));
  }
}

void Conversation::note_commit(const Status& committed, std::uint64_t began_us) {
  if (committed) {
    shared_.failures.write_worked();
    log_open(shared_);
  } else {
    shared_.failures.write_failed(committed.error());
  }
  const std::uint64_t took_us = monotonic_us() - began_us;
  if (is_slow(took_us)) note_slow(took_us, fmt::format("the sync of {} replies", answers_.size()));
}

}  // namespace kvstore::server
