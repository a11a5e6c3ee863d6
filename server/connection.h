// One client: takes what arrives to its conversation, sends what that answers, and
// minds the clock and the limits.
//
// The thread that run()s waits for the client or for a wake-up. stop(), push() and
// wake() may be called from any other as long as the connection exists, and reach it
// wherever it waits; abort() likewise.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "server/deadline.h"
#include "server/input_clock.h"
#include "server/listener.h"
#include "server/mailbox.h"
#include "server/owed_replies.h"
#include "server/protocol.h"
#include "server/receive_buffer.h"
#include "server/sender.h"
#include "server/shared.h"
#include "server/transport.h"
#include "server/wakeup.h"

namespace kvstore::server {

class Connection {
 public:
  Connection(Shared& shared, std::unique_ptr<Transport> transport, Listener::Speaks speaks,
             std::uint64_t number);

  // Serves the client until either side has had enough.
  void run();

  // After run() has thrown: there was no memory. Takes none.
  void give_up() noexcept;

  // --- any thread
  // What has arrived is still read and answered; a request that has only begun is refused.
  void stop();
  // Sends `bytes`, whole replies of the client's protocol, between two of its own. False:
  // they were not taken, as the client leaves too many unread, or memory is scarce.
  bool push(std::string_view bytes);
  // What it shares with the server has changed (limits, say): it looks again.
  void wake() { wakeup_.wake(); }
  // The server has waited long enough.
  void abort() { transport_->abort(); }
  // CLIENT KILL: from now on it is as if it were gone, though its thread may take a moment to end.
  void kill();
  bool is_killed() { return card().is_killed(); }

  const Transport& transport() const { return *transport_; }
  const std::string& name() const { return name_; }
  const std::string& address() const { return address_; }
  // What CLIENT LIST says of it. The card lives as long as the connection.
  command::ClientFacts facts();
  command::ClientCard& card() { return conversation_->card(); }
  std::uint64_t session_id() const { return conversation_->session_id(); }
  // For a connection that will not run.
  std::unique_ptr<Transport> release_transport() { return std::move(transport_); }

 private:
  void serve();
  bool turn();
  void commit();
  void deliver_pushes();
  void resume();
  bool may_resume();

  bool wait();
  bool listens() const;
  bool listens_beside() const;
  Deadline next_deadline(bool reads);
  Deadline login_or(Deadline other);
  void fall_due(Due due);

  bool receive();
  bool receive_waiting();
  bool take(Transfer got);
  void took(std::size_t size);
  void enlarge_buffer();
  void peer_ended();
  void input_ended();

  std::size_t outside_memory() const { return buffer_.size() + transport_->memory(); }
  bool keeps_memory() const;
  void give_memory_back();

  void request_timed_out();
  void was_idle();
  void handshake_timed_out();
  void note_problem();
  void did_not_log_in();
  void drop_removed_user();
  void client_does_not_read();
  void missed_messages();
  void drop(Away reason, const Error& error);
  void linger();

  Shared& shared_;
  std::unique_ptr<Transport> transport_;
  const std::string name_;
  const std::string address_;
  Wakeup wakeup_;  // any thread's, also that of the store which tells the conversation of writes
  ReceiveBuffer buffer_;
  const std::unique_ptr<Protocol> conversation_;
  InputClock clock_;
  Sender sender_;
  OwedReplies owed_;
  const Clock::time_point began_ = Clock::now();
  bool no_more_input_ = false;  // the client's end, or ours, has come
  // When its end was seen, perhaps behind what was not read yet.
  std::optional<Clock::time_point> peer_finished_;
  bool broken_ = false;         // nothing can be sent any more

  // --- any thread's
  Mailbox mailbox_;
  std::atomic<bool> stops_{false};
};

}  // namespace kvstore::server
