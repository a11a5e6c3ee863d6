// What a client follows, as events of its response.
#include <algorithm>
#include <utility>

#include "server/http/conversation.h"
#include "server/http/handlers.h"
#include "src/base/clock.h"

namespace kvstore::server::http {

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

}  // namespace kvstore::server::http
