// Session: commands that wait, FOLLOW, and channels.
#include <utility>

#include <fmt/core.h>

#include "src/command/call.h"
#include "src/command/errors.h"
#include "src/command/session.h"
#include "src/store/store.h"

namespace kvstore::command {
namespace {

Failure unblocked() {
  return Failure(Code::kSkipped, "CLIENT UNBLOCK has ended the wait", {},
                 "UNBLOCKED client unblocked via CLIENT UNBLOCK");
}

// Approximate bytes of memory of a wait: each key with its entry in the index, and again as a word.
std::size_t memory_of_wait(const Waiting& what) {
  constexpr std::size_t kOfKey = 160;
  std::size_t bytes = 0;
  for (const std::string& key : what.keys) bytes += kOfKey + 2 * key.size();
  return bytes;
}

}  // namespace

std::function<void()> Session::wake() const {
  if (info_.wake == nullptr) return {};
  return [wake = info_.wake, context = info_.context] { wake(context); };
}

bool Session::wait_for(const Waiting& what) {
  using namespace std::chrono_literals;
  if (executes_queue_ || data_.in_transaction()) return false;
  if (!waiting_) {
    if (what.limit && *what.limit <= 0ms) return false;
    // For few keys memory is not accounted. If there is not enough, the command fails.
    constexpr std::size_t kUnasked = std::size_t{4} << 10;
    const std::size_t memory = memory_of_wait(what);
    if (memory > kUnasked && !take_memory(memory)) throw std::bad_alloc();
    hold_.reset();
    waiting_memory_ = memory;
    waiting_ = std::make_unique<WaitingCommand>(store_, what, wake());
  }
  const bool is_new = !waiting_->has_words();
  waiting_->goes_on = is_new || !waiting_->is_over();
  return waiting_->goes_on;
}

// The second look finds what was written between the first look and the begin of the wait.
Outcome Session::begin_wait(Args argv, ReplySink& reply) {
  waiting_->keep(argv);
  Outcome outcome = look_again(reply);
  if (info_.wake != nullptr) return outcome;
  while (waiting_) {
    if (!waiting_->news.wait_here()) waiting_->end(WaitEnd::kTimeout);
    outcome = look_again(reply);
  }
  return outcome;
}

Outcome Session::look_again(ReplySink& reply) {
  waiting_->goes_on = false;
  waiting_->news.begin_look();
  if (const auto asked = card_.asked_end()) waiting_->end(*asked);
  Outcome outcome = fail(unblocked());
  if (waiting_->end() != WaitEnd::kUnblocked) {
    outcome = run_guarded(waiting_->argv(), reply);
  }
  // CLIENT UNBLOCK may have ended the wait in the meantime.
  if (!waiting_->goes_on && !card_.take() && card_.asked_end() == WaitEnd::kUnblocked) {
    outcome = fail(unblocked());
  }
  if (waiting_->goes_on) {
    hold_.reset();  // of the run of writes that it may be in
    waiting_->news.end_look();
  } else {
    waiting_.reset();
  }
  return outcome;
}

bool Session::is_behind_others(std::string_view key) const {
  if (data_.in_transaction()) return false;
  return Waiter::owes_look(store_, key, waiting_ ? &waiting_->news.waiter() : nullptr);
}

void Session::let_others_take(std::string_view key) {
  hold_.reset();
  Waiter::await_look_at(store_, key);
}

// Who waits for what this session has written takes it before the reply.
void Session::serve_waiters() {
  if (data_.in_transaction() || !Waiter::are_owing(store_)) return;
  const std::uint64_t seq = data_.last_write().seq;
  if (seq == served_to_) return;
  served_to_ = seq;
  hold_.reset();
  Waiter::await_looks(store_, seq);
}

Session::Executed Session::go_on(ReplySink& reply) {
  acknowledges_write_ = false;
  reply.start();
  return finish(look_again(reply), reply);
}

std::vector<std::uint32_t> Session::take_written_keys() {
  return waiting_ ? waiting_->news.take_written_keys() : std::vector<std::uint32_t>();
}

bool Session::may_take() {
  if (!waiting_) return true;
  const bool is_gone = info_.is_gone != nullptr && info_.is_gone(info_.context);
  if (is_gone || card_.is_killed()) {
    waiting_->end(WaitEnd::kTimeout);
    return false;
  }
  return card_.take();
}

void Session::end_wait(WaitEnd how) {
  if (waiting_) waiting_->end(how);
}

void Session::limit_wait(WaitClock::time_point until) {
  if (!waiting_) return;
  if (waits_to_write_)
    waiting_->end(WaitEnd::kTimeout);
  else
    waiting_->news.limit_to(until);
}

bool Session::is_due() const {
  if (waiting_) return card_.asked_end() || waiting_->is_over() || waiting_->news.is_due();
  return following_ && (following_->may_have_more || following_->news.is_due());
}

std::optional<WaitClock::time_point> Session::due_at() const {
  if (waiting_) return waiting_->news.due_at();
  return following_ ? following_->news.due_at() : std::nullopt;
}

void Session::follow(std::unique_ptr<Follower> follower, Args argv) {
  hold_.reset();
  const Waiting waiting = follower->waiting();
  card_.begin_following(follower->key(), follower->reached());
  following_ = std::make_unique<Following>(std::move(follower), argv, store_, waiting, wake());
}

// The denial of what is followed, if the user may not do that any more.
std::optional<Failure> Session::find_denial_of_following() {
  if (login_.may_everything()) return {};
  const std::vector<std::string_view> argv(following_->words.begin(), following_->words.end());
  const Checked<acl::Found> found = find_command_of(argv);
  return found ? login_.check(*found, argv, acl::Login::When::kAtOnce) : std::optional<Failure>();
}

Follower::Step Session::next_message(ReplySink& reply) {
  following_->news.begin_look();
  reply.start();
  Failure failure;
  try {
    if (auto denied = find_denial_of_following()) {
      failure = std::move(*denied);
    } else {
      const Result<Follower::Step> step = following_->follower->next(reply);
      if (step) {
        card_.note_reached(following_->follower->reached());
        following_->may_have_more = *step != Follower::Step::kNothing;
        return *step;
      }
      failure = step.error();
    }
  } catch (const std::bad_alloc&) {
    failure = out_of_memory();
  }
  end_following();
  failed_ = true;
  answer_failure(std::move(failure), reply);
  return Follower::Step::kMessage;
}

bool Session::await_message() { return following_->may_have_more || following_->news.wait_here(); }

// --- Channels

Checked<Subscriptions*> Session::subscriptions() {
  if (info_.server == nullptr || info_.wake == nullptr) {
    return fail(Failure(Code::kState, "a shell on a file has no channels: they are a server's",
                        "kvstore data.bin --listen 7878", {}));
  }
  if (!subscriptions_) {
    checked_users_ = login_.version();
    subscriptions_ = std::make_unique<Subscriptions>(info_.server->channels(), wake());
  }
  return subscriptions_.get();
}

void Session::note_subscriptions() {
  const auto count = [&](Listening how) {
    return static_cast<std::uint32_t>(subscriptions_ ? subscriptions_->names(how).size() : 0);
  };
  card_.channels = count(Listening::kChannel);
  card_.patterns = count(Listening::kPattern);
  card_.shard_channels = count(Listening::kShard);
}

bool Session::write_messages(ReplySink& reply, const std::function<bool()>& is_enough) {
  subscriptions_->take_messages();
  while (subscriptions_->has_taken() && !is_enough()) {
    reply.start();
    subscriptions_->write_message(info_.stream_above, reply);
  }
  return !subscriptions_->has_taken();
}

Checked<std::uint64_t> Session::publish(bool is_shard, std::string_view channel,
                                        std::string_view payload) {
  if (info_.server == nullptr) return 0;
  if (!executes_queue_) return info_.server->channels().publish(is_shard, channel, payload);
  published_.push_back({is_shard, channel, payload});
  return info_.server->channels().count_receivers(is_shard, channel);
}

bool Session::has_lost_user() {
  if (login_.has_lost_user()) return true;
  const bool monitors = card_.monitors.load(std::memory_order_relaxed);
  if ((!is_subscribed() && !monitors) || checked_users_ == login_.version()) return false;
  checked_users_ = login_.version();
  return (is_subscribed() && !login_.may_listen_to(*subscriptions_)) ||
         (monitors && find_denial_of_monitoring());
}

std::optional<Failure> Session::find_denial_of_monitoring() {
  static constexpr std::string_view kWords[] = {"MONITOR"};
  const Checked<acl::Found> found = find_command_of(kWords);
  return found ? login_.check(*found, kWords, acl::Login::When::kAtOnce) : std::optional<Failure>();
}

}  // namespace kvstore::command
