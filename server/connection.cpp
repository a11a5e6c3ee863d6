#include "server/connection.h"

#include <poll.h>

#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "server/conversation.h"
#include "server/http/conversation.h"
#include "server/peer.h"
#include "server/socket.h"

namespace kvstore::server {
namespace {

// A timeout in seconds, for log lines and errors.
double seconds(std::uint32_t milliseconds) { return milliseconds / 1000.0; }

// Whether another thread's sync may send replies: only if each write waits for a sync.
bool may_owe(const Store& store, const Transport& transport) {
  return store.options().sync.mode == SyncPolicy::Mode::kAlways && transport.reads_beside_writes();
}

std::unique_ptr<Protocol> make_protocol(Listener::Speaks speaks, Shared& shared,
                                        const ClientNames& client, std::size_t outside,
                                        Protocol::Links links) {
  if (speaks == Listener::Speaks::kHttp) {
    return std::make_unique<http::Conversation>(shared, client, outside, links);
  }
  return std::make_unique<Conversation>(shared, client, outside, links);
}

}  // namespace

Connection::Connection(Shared& shared, std::unique_ptr<Transport> transport,
                       Listener::Speaks speaks, std::uint64_t number)
    : shared_(shared),
      transport_(std::move(transport)),
      name_(peer_name(transport_->descriptor(), number)),
      address_(peer_address(transport_->descriptor())),
      buffer_(shared.buffered.free_part()),
      conversation_(make_protocol(
          speaks, shared, {name_, address_, network_of_peer(transport_->descriptor())},
          outside_memory(),
          {.wake = [](void* self) { static_cast<Connection*>(self)->wake(); },
           .is_gone =
               [](void* self) {
                 return peer_has_finished(static_cast<Connection*>(self)->transport_->descriptor());
               },
           .context = this,
           .commits = may_owe(shared.store, *transport_)})),
      clock_(shared.config),
      sender_(*transport_, conversation_->output()),
      owed_(*conversation_, sender_, wakeup_),
      mailbox_(shared.buffered, shared.config.max_unread) {}

void Connection::stop() {
  stops_.store(true);
  wakeup_.wake();
}

bool Connection::push(std::string_view bytes) {
  if (!mailbox_.add(bytes)) return false;
  wakeup_.wake();
  return true;
}

command::ClientFacts Connection::facts() {
  const auto seconds_since = [](Clock::time_point then) {
    const auto passed = std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - then);
    return static_cast<std::uint64_t>(std::max<std::chrono::seconds::rep>(passed.count(), 0));
  };
  command::ClientFacts facts;
  facts.id = session_id();
  facts.descriptor = transport_->descriptor();
  facts.address = address_;
  facts.local_address = own_address(transport_->descriptor());
  facts.age_s = seconds_since(began_);
  facts.idle_s = seconds_since(conversation_->last_turn());
  facts.held_bytes = conversation_->published_memory();
  facts.card = &conversation_->card();
  return facts;
}

void Connection::kill() {
  card().kill();
  abort();
  wake();
}

void Connection::run() {
  const PeerWatch watch(transport_->descriptor());
  shared_.log->debug("{} connected", name_);
  wakeup_.attach(transport_->descriptor());
  try {
    serve();
  } catch (...) {
    wakeup_.detach();
    throw;
  }
  wakeup_.detach();
  shared_.log->debug("{} closed after {} commands", name_, conversation_->answered());
}

// Not after a part of a reply: there the error could be read as bytes of a value. Nor before
// answers that were not sent: there it could be read as the answer of a write that was made.
void Connection::give_up() noexcept {
  const bool passes_for_another =
      sender_.unsent() > 0 || conversation_->owes_answers() || conversation_->is_streaming();
  if (!passes_for_another && !broken_) {
    (void)transport_->write(conversation_->no_memory_reply());
  }
  shared_.drop(Away::kMemory);
}

void Connection::serve() {
  while (!broken_ && turn()) {
  }
  if (broken_) note_problem();
  if (!broken_ && !no_more_input_) linger();
}

// Sends, executes or waits, whichever comes first. False: nothing is left to do.
//
// While the client does not read, its further commands are still executed, until max_unread bytes
// of replies are unsent. So a client may pipeline a lot before it reads, without a deadlock.
bool Connection::turn() {
  if (conversation_->awaits_commit()) {
    commit();
    return true;
  }
  if (is_killed()) {
    broken_ = true;
    return false;
  }
  if (conversation_->has_lost_user() && !conversation_->ended()) drop_removed_user();
  if (conversation_->has_fallen_behind()) missed_messages();
  if (!mailbox_.is_empty()) deliver_pushes();
  if (broken_) return false;
  if (!sender_.send_some()) {
    broken_ = true;
  } else if (conversation_->has_more() && client_makes_room()) {
    return true;
  } else if (conversation_->has_more() && may_resume()) {
    // FOLLOW may always have more messages, so check for input, too.
    const bool follows = conversation_->is_following() || conversation_->is_subscribed();
    if (follows && listens_beside()) broken_ = !receive();
    if (!broken_) resume();
  } else if (conversation_->ended() && sender_.unsent() == 0) {
    return false;
  } else {
    broken_ = !wait();
  }
  return true;
}

// Waits for the client while another thread commits and replies.
void Connection::commit() {
  const Deadline deadline = login_or(clock_.next(keeps_memory()));
  if (!owed_.hand_over()) return;
  Transfer got{Transfer::Result::kBlocked, 0};
  if (!deadline.at) {
    got = wakeup_.read(*transport_, buffer_.bytes(), buffer_.size());
  } else if (wakeup_.wait(transport_->read_events(), deadline.at) == Wakeup::Event::kReady) {
    got = transport_->read(buffer_.bytes(), buffer_.size());
  }
  clock_.answered_at(owed_.take_back());
  broken_ = !take(got);
}

// Pushed bytes wait for the end of a long reply, and while the client does not read.
void Connection::deliver_pushes() {
  if (conversation_->is_streaming() || sender_.unsent() >= shared_.config.max_unread) return;
  conversation_->add_output(mailbox_.take());
}

void Connection::resume() {
  const std::uint64_t answered = conversation_->answered();
  conversation_->resume();
  clock_.progress(0, conversation_->answered() != answered, conversation_->inside_request());
}

// Whether the client is reading what is unsent, when that is much: then replies made ahead of it
// would cost memory and bring nothing. A client that has not read for a moment may be one that
// sends all before it reads: until it has read everything, it is not waited for again.
bool Connection::client_makes_room() {
  constexpr std::size_t kMuch = std::size_t{64} << 10;
  constexpr std::chrono::milliseconds kMoment{10};
  if (sender_.unsent() == 0) sends_all_first_ = false;
  if (sender_.unsent() < kMuch || sends_all_first_) return false;
  const Wakeup::Event event = wakeup_.wait(transport_->write_events(), Clock::now() + kMoment);
  sends_all_first_ = event == Wakeup::Event::kTimeout || event == Wakeup::Event::kFailed;
  return !sends_all_first_;
}

// Replies are produced ahead of the client only while there is memory.
bool Connection::may_resume() {
  if (sender_.unsent() == 0) return true;
  return !conversation_->is_streaming() && !conversation_->only_follows() &&
         sender_.unsent() < shared_.config.max_unread && conversation_->take_memory_for_replies();
}

// --- Waiting -------------------------------------------------------------

// Waits until the client sends or reads, a timeout, or a wake-up. False: the connection is broken.
//
// While a command waits and no more input is taken, the end of input is still detected: the client
// may be gone, and must not be given what the command would take.
bool Connection::wait() {
  if (peer_finished_ && conversation_->is_waiting() && !conversation_->has_more()) {
    conversation_->limit_wait(*peer_finished_ + kWaitAfterEnd);
    if (conversation_->has_more()) return true;
  }
  const bool reads = listens();
  if (reads && transport_->has_buffered()) return receive();
  const Deadline deadline = next_deadline(reads);
  if (reads && !deadline.at && sender_.unsent() == 0) return receive_waiting();
  const bool looks_for_end = !reads && !peer_finished_ && conversation_->is_waiting();
  const int read_events = reads ? transport_->read_events() : looks_for_end ? POLLRDHUP : 0;
  const int write_events = sender_.unsent() > 0 ? transport_->write_events() : 0;
  switch (wakeup_.wait(static_cast<short>(read_events | write_events), deadline.at)) {
    case Wakeup::Event::kReady:
      if (looks_for_end && peer_has_finished(transport_->descriptor())) peer_ended();
      // An event that was not requested means that both directions are closed.
      return reads ? receive() : write_events != 0 || (looks_for_end && peer_finished_);
    case Wakeup::Event::kTimeout:
      fall_due(deadline.due);
      return !broken_;
    case Wakeup::Event::kWoken:
      return true;
    case Wakeup::Event::kFailed:
      return false;
  }
  return false;
}

// Whether input is taken even though more replies may follow.
bool Connection::listens_beside() const { return !no_more_input_ && conversation_->only_follows(); }

bool Connection::listens() const {
  return !no_more_input_ && !conversation_->ended() && !conversation_->has_more() &&
         conversation_->takes_more() &&
         (sender_.unsent() == 0 ||
          (sender_.unsent() < shared_.config.max_unread && !shared_.buffered.is_full()));
}

Deadline Connection::next_deadline(bool reads) {
  // What had arrived before the stop is readable by now.
  const bool follows = conversation_->is_following() || conversation_->is_subscribed();
  const bool may_end = reads || conversation_->is_waiting() || follows;
  if (may_end && stops_.load(std::memory_order_relaxed)) return {Due::kEndOfInput, Clock::now()};
  const Deadline news{Due::kNews, conversation_->due_at()};
  if (sender_.unsent() > 0) {
    const Deadline unread = sender_.next(shared_.config.write_timeout_ms);
    return conversation_->has_more() ? unread : sooner(unread, news);
  }
  if (shared_.buffered.is_scarce() && keeps_memory()) give_memory_back();
  if (conversation_->is_waiting() || follows) return news;
  return login_or(clock_.next(keeps_memory()));
}

// The earlier of this deadline and the one for the login.
Deadline Connection::login_or(Deadline other) {
  const bool is_ready = transport_->is_ready();
  const std::chrono::milliseconds limit(is_ready ? shared_.config.login_timeout_ms
                                                 : shared_.config.handshake_timeout_ms);
  if (limit.count() == 0 || (is_ready && conversation_->is_logged_in())) return other;
  return sooner(other, {is_ready ? Due::kLogin : Due::kHandshake, began_ + limit});
}

void Connection::fall_due(Due due) {
  switch (due) {
    case Due::kNever:
    case Due::kNews:
      return;
    case Due::kEndOfInput:
      return input_ended();
    case Due::kRest:
      give_memory_back();
      return clock_.rested();
    case Due::kIdle:
      return was_idle();
    case Due::kHandshake:
      return handshake_timed_out();
    case Due::kLogin:
      return did_not_log_in();
    case Due::kRequest:
      return request_timed_out();
    case Due::kUnread:
      return client_does_not_read();
  }
}

// --- Input ---------------------------------------------------------------

// Reads and executes what is available, which may be nothing. False: the connection is broken.
bool Connection::receive() { return take(transport_->read(buffer_.bytes(), buffer_.size())); }

bool Connection::receive_waiting() {
  return take(wakeup_.read(*transport_, buffer_.bytes(), buffer_.size()));
}

// The end of input ends the conversation, but not the connection.
bool Connection::take(Transfer got) {
  switch (got.result) {
    case Transfer::Result::kDone:
      took(got.size);
      break;
    case Transfer::Result::kEnd:
      peer_ended();
      input_ended();
      break;
    case Transfer::Result::kBlocked:
      break;
    case Transfer::Result::kBroken:
      return false;
  }
  return true;
}

void Connection::took(std::size_t size) {
  const std::uint64_t answered = conversation_->answered();
  if (!conversation_->receive({buffer_.bytes(), size})) {
    drop(Away::kMemory,
         Error{Code::kLimit,
               fmt::format("the server's connections hold {} MiB together, which is their limit",
                           shared_.config.max_buffered >> 20),
               "try again later, send less at a time, or raise --max-buffered"});
    return;
  }
  clock_.progress(size, conversation_->answered() != answered, conversation_->inside_request());
  if (size == buffer_.size() && !buffer_.is_large()) enlarge_buffer();
}

void Connection::enlarge_buffer() {
  if (!conversation_->take_memory(ReceiveBuffer::kLarge)) return;
  buffer_.enlarge();
  conversation_->set_outside_memory(outside_memory());
}

void Connection::peer_ended() {
  if (!peer_finished_) peer_finished_ = Clock::now();
}

void Connection::input_ended() {
  no_more_input_ = true;
  if (stops_.load()) conversation_->end_waits();
  if (stops_.load() && conversation_->inside_request()) {
    conversation_->refuse(
        Error{Code::kNetwork, "the server is stopping; the request that had begun was not executed",
              "send it again to the server's successor"});
    return;
  }
  conversation_->finish();
}

bool Connection::keeps_memory() const {
  return !clock_.is_inside_request() && (buffer_.is_large() || conversation_->keeps_memory());
}

void Connection::give_memory_back() {
  buffer_.shrink();
  conversation_->set_outside_memory(outside_memory());
  conversation_->give_memory_back();
}

// --- The end -------------------------------------------------------------

void Connection::request_timed_out() {
  drop(Away::kRequestTime,
       Error{Code::kTimeout,
             fmt::format("the request had not arrived after {} s; closing the connection",
                         seconds(shared_.config.request_timeout_ms)),
             "the server's --request-timeout allows more"});
}

void Connection::was_idle() {
  drop(Away::kIdle, Error{Code::kTimeout,
                          fmt::format("nothing was asked for {} s; closing the connection",
                                      seconds(shared_.config.idle_timeout_ms)),
                          "the server's --idle-timeout allows more"});
}

void Connection::handshake_timed_out() {
  broken_ = true;
  shared_.drop(Away::kHandshakeTime);
  if (const auto quiet = shared_.refusals.admit()) {
    shared_.log->warn("{} dropped: its TLS handshake took longer than {} s{}", name_,
                      seconds(shared_.config.handshake_timeout_ms), like_it(*quiet));
  }
}

// Logs the problem, which TLS may have.
void Connection::note_problem() {
  const std::string problem = transport_->problem();
  if (problem.empty()) return;
  shared_.drop(Away::kTls);
  if (const auto quiet = shared_.refusals.admit()) {
    shared_.log->warn("{} dropped: TLS: {}{}", name_, problem, like_it(*quiet));
  }
}

void Connection::did_not_log_in() {
  drop(Away::kLoginTime,
       Error{Code::kTimeout,
             fmt::format("nobody had logged in after {} s; closing the connection",
                         seconds(shared_.config.login_timeout_ms)),
             "AUTH password, at once; or the server's --login-timeout allows more"});
}

void Connection::drop_removed_user() {
  drop(Away::kUserRemoved,
       Error{Code::kNoAuth, "the user of this connection was removed", "connect and AUTH again"});
}

void Connection::client_does_not_read() {
  broken_ = true;
  shared_.drop(Away::kUnread);
  shared_.log->warn("{} dropped: it left {} bytes of replies unread for {} s", name_,
                    sender_.unsent(), seconds(shared_.config.write_timeout_ms));
}

// The output may end within a message.
void Connection::missed_messages() {
  broken_ = true;
  shared_.drop(Away::kUnread);
  if (const auto quiet = shared_.refusals.admit()) {
    shared_.log->warn("{} dropped: {} bytes of messages of channels waited for it{}", name_,
                      shared_.config.max_unread, like_it(*quiet));
  }
}

void Connection::drop(Away reason, const Error& error) {
  shared_.drop(reason);
  if (const auto quiet = shared_.refusals.admit()) {
    shared_.log->warn("{} dropped: {}{}", name_, error.message, like_it(*quiet));
  }
  // Frees the memory of the request for others, while this connection lingers.
  conversation_->refuse(error);
  clock_.forget_request();
}

// A close() with unread input would reset the connection, and could discard the last replies: so
// our end is closed first, and further input is read and discarded for a moment.
void Connection::linger() {
  transport_->finish_writing();
  const auto deadline = Clock::now() + kLinger;
  while (true) {
    const Transfer got = transport_->read(buffer_.bytes(), buffer_.size());
    if (!got.is_done() && !got.is_blocked()) return;
    const auto event = wakeup_.wait(transport_->read_events(), deadline);
    if (event == Wakeup::Event::kFailed || Clock::now() >= deadline) return;
  }
}

}  // namespace kvstore::server
