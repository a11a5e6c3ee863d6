#include "server/conversation.h"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "src/command/render.h"
#include "src/command/resp_parser.h"
#include "src/command/words.h"
#include "src/store/store.h"

namespace kvstore::server {
namespace {

constexpr std::size_t kKeyAndFraming = std::size_t{128} << 10;  // a request beside its value

command::Limits limits_of(const Config& config) {
  command::Limits limits;
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

std::size_t size_of(const command::Reply& reply) {
  std::size_t size = reply.text.size() + reply.error.message.size() + 32;
  for (const command::Reply& item : reply.items) size += size_of(item);
  return size;
}

std::vector<std::pair<std::string, std::string>> server_info(void* context) {
  const Shared& shared = *static_cast<const Shared*>(context);
  const auto up = std::chrono::steady_clock::now() - shared.started;
  const auto number = [](const std::atomic<std::uint64_t>& value) {
    return std::to_string(value.load(std::memory_order_relaxed));
  };
  return {
      {"listening", shared.endpoint.to_string()},
      {"uptime_s", std::to_string(std::chrono::duration_cast<std::chrono::seconds>(up).count())},
      {"connections", number(shared.connections)},
      {"connections_accepted", number(shared.accepted)},
      {"connections_refused", number(shared.refused)},
      {"connections_dropped", number(shared.dropped)},
      {"max_connections", std::to_string(shared.config.max_connections)},
      {"commands_served", number(shared.commands)},
      {"commands_slow", number(shared.slow_commands)},
      {"buffered_bytes", std::to_string(shared.buffered.used())},
  };
}

}  // namespace

Conversation::Conversation(Shared& shared, const std::string& name)
    : shared_(shared), name_(name), session_(shared.store, {server_info, &shared}) {}

void Conversation::choose_protocol(char first_byte) {
  resp_ = command::protocol_of_first_byte(first_byte) == command::Protocol::kResp;
  crlf_ = resp_;
  parser_ = command::make_parser_for_first_byte(first_byte, limits_of(shared_.config));
}

void Conversation::receive(std::string_view bytes) {
  if (ended_ || bytes.empty()) return;
  if (!parser_) choose_protocol(bytes.front());
  parser_->feed(bytes);
  resume();
}

void Conversation::finish() {
  finishing_ = true;
  if (parser_) {
    parser_->finish();
    resume();
  } else {
    ended_ = true;
  }
}

void Conversation::resume() {
  paused_ = false;
  clock_us_ = monotonic_us();
  while (!ended_ && !paused_ && step()) {
    paused_ = replies_size_ + output_.size() >= kPause;
  }
  flush();
}

// One request or error. False: there is no complete one.
bool Conversation::step() {
  using Event = command::RequestParser::Event;
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
bool Conversation::is_web_request() const {
  const std::string_view word = parser_->request().argv[0];
  return command::same_word(word, "POST") || command::same_word(word, "Host:");
}

void Conversation::execute() {
  const command::Request& request = parser_->request();
  crlf_ = request.crlf;
  if (is_web_request()) {
    refuse(Error{Code::kSyntax, "this is not a web server; a browser was sent here", {}});
    shared_.log->warn("{} dropped: a web request, perhaps forged by a page", name_);
    return;
  }
  if (shared_.log->should_log(spdlog::level::trace)) {
    shared_.log->trace("{}: {}", name_, log_command(request.argv));
  }
  command::Reply reply = session_.execute(request.argv);
  note(reply);
  answer(std::move(reply), crlf_);
  ended_ = session_.exiting();
}

void Conversation::answer(command::Reply reply, bool crlf) {
  ++answered_;
  shared_.commands.fetch_add(1, std::memory_order_relaxed);
  replies_size_ += size_of(reply);
  replies_.push_back(std::move(reply));
  replies_crlf_.push_back(crlf ? 1 : 0);
}

void Conversation::answer_error(const Error& error) {
  answer(command::Reply::failure(error), crlf_);
}

void Conversation::refuse(const Error& error) {
  answer_error(error);
  ended_ = true;
  flush();
  parser_.reset();
}

bool Conversation::inside_request() const {
  if (!parser_ || ended_) return false;
  return parser_->has_buffered() || parser_->pending().what != command::Pending::What::kNothing;
}

void Conversation::flush() {
  if (replies_.empty()) return;
  const bool wrote = session_.has_uncommitted();
  const std::uint64_t began_us = wrote ? monotonic_us() : 0;
  const Status committed = command::commit_replies(session_, replies_);
  if (wrote) note_commit(committed, began_us);
  for (std::size_t i = 0; i < replies_.size(); ++i) render(replies_[i], replies_crlf_[i] != 0);
  replies_.clear();
  replies_crlf_.clear();
  replies_size_ = 0;
}

void Conversation::render(const command::Reply& reply, bool crlf) {
  if (resp_) {
    command::render_resp2(reply, &output_);
  } else {
    command::render_text(reply, crlf, &output_);
  }
}

// --- the log -------------------------------------------------------------

void Conversation::note(const command::Reply& reply) {
  const command::Args argv = parser_->request().argv;
  if (reply.kind == command::Reply::Kind::kError) {
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
