#include "server/conversation.h"

#include <algorithm>
#include <chrono>
#include <iterator>

#include <fmt/format.h>

#include "src/command/words.h"
#include "src/store/store.h"

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

// Memory beside the reply itself.
std::size_t size_of(const command::Reply& reply) {
  std::size_t size = reply.text.capacity() + reply.error.message.capacity();
  if (reply.stream) size += reply.stream->memory();
  for (const command::Reply& item : reply.items) size += sizeof item + size_of(item);
  return size;
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
  if (stream_) stream_on();
  while (!ended_ && !paused_ && !stream_ && step()) paused_ = must_pause();
  flush();
  count_memory();
}

// Replies have piled up or taken long, or the newest is a long one, which comes when those
// before it are sent.
bool Conversation::must_pause() {
  if (clock_us_ - turn_began_us_ > kLongestTurnUs) return true;
  if (!replies_.empty() && wire::stream_of(replies_.back()) != nullptr) return true;
  const std::size_t waiting = replies_.size() * sizeof(command::Reply) + replies_size_ + output_.size();
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
  const Status rendered = stream_->render_some(piece_, &output_);
  if (!rendered) {
    // What was sent of it cannot be taken back, nor can an error follow it: there
    // it would pass for bytes of the value.
    shared_.damage.note(rendered.error());
    shared_.log->error("{}: closed inside a reply that had begun: {} {}", name_,
                       code_name(rendered.error().code), rendered.error().message);
    shared_.dropped.fetch_add(1, std::memory_order_relaxed);
    ended_ = true;
  }
  if (!rendered || stream_->done()) stream_.reset();
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
  if (shared_.log->should_log(spdlog::level::trace)) {
    shared_.log->trace("{}: {}", name_, log_command(request.argv));
  }
  session_.set_dialect(dialect());
  command::Reply reply = session_.execute(request.argv);
  note(reply);
  answer(std::move(reply));
  ended_ = session_.exiting();
}

// HELLO chose between RESP2 and RESP3, if the connection is RESP at all.
command::Dialect Conversation::dialect() const {
  if (!parser_ || !parser_->is_resp()) return command::Dialect::kText;
  const command::Dialect chosen = session_.dialect();
  return chosen == command::Dialect::kText ? command::Dialect::kResp2 : chosen;
}

void Conversation::answer(command::Reply reply) {
  ++answered_;
  shared_.commands.fetch_add(1, std::memory_order_relaxed);
  replies_size_ += size_of(reply);
  formats_.push_back({dialect(), crlf_});
  replies_.push_back(std::move(reply));
}

void Conversation::answer_error(const Error& error) { answer(command::Reply::failure(error)); }

void Conversation::refuse(const Error& error) {
  if (!stream_) answer_error(error);  // inside a long reply there is no place for it
  stream_.reset();
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
  if (replies_.empty()) return;
  const bool wrote = session_.has_uncommitted();
  const std::uint64_t began_us = wrote ? monotonic_us() : 0;
  const Status committed = command::commit_replies(session_, replies_);
  if (wrote) note_commit(committed, began_us);
  if (formats_.front().dialect == command::Dialect::kText) answer_lines_in_resp();
  for (std::size_t i = 0; i < replies_.size(); ++i) render(replies_[i], formats_[i]);
  replies_.clear();
  formats_.clear();
  replies_size_ = 0;
}

void Conversation::render(const command::Reply& reply, wire::WireFormat format) {
  wire::render(reply, format, &output_);
  if (wire::stream_of(reply) != nullptr) stream_.emplace(reply, format);
}

// `redis-cli --pipe` sends a file as it is, then an empty line, and then asks for
// RESP: it has read RESP all along. To lines that ended in LF alone text is
// answered, which is none; what of it has not been sent yet can still be.
void Conversation::answer_lines_in_resp() {
  if (!parser_ || !parser_->opened_after_blank_crlf()) return;
  for (wire::WireFormat& format : formats_) format.dialect = dialect();
}

// --- memory --------------------------------------------------------------

std::size_t Conversation::held() const {
  return (parser_ ? parser_->memory() : 0) + output_.capacity() + (stream_ ? stream_->memory() : 0) +
         replies_.capacity() * sizeof(command::Reply) + replies_size_;
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
  if (replies_.empty()) std::vector<command::Reply>().swap(replies_);
  count_memory();
}

// --- the log -------------------------------------------------------------

void Conversation::note(const command::Reply& reply) {
  const command::Args argv = parser_->request().argv;
  if (reply.kind == command::Reply::Kind::kError) {
    shared_.damage.note(reply.error);
    const command::Command* known = command::find_command(argv[0]);
    if (known && (known->flags & command::kWrite) != 0) {
      shared_.failures.write_failed(reply.error);
    } else {
      shared_.failures.read_failed(reply.error, log_command(argv));
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
  if (is_slow(took_us)) note_slow(took_us, fmt::format("the sync of {} replies", replies_.size()));
}

}  // namespace kvstore::server
