// One client: passes what arrives to its conversation, sends the replies, and enforces timeouts and
// limits.
//
// The thread in run() waits for the client or for a wake-up. Any other thread may call stop(),
// push(), wake() and abort() while the connection exists; they take effect wherever run() waits.
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

  // Serves the client until either side ends the connection.
  void run();

  // After run() has thrown because of a lack of memory. Allocates nothing.
  void give_up() noexcept;

  // --- Any thread.
  // Stops the connection: what has arrived is still executed and answered; an incomplete request is
  // refused.
  void stop();
  // Sends `bytes`, whole replies of the client's protocol, between two of its replies. False: they
  // are dropped, because too much is unread or memory is scarce.
  bool push(std::string_view bytes);
  // Call it after a change of shared state (such as limits), to be taken into account.
  void wake() { wakeup_.wake(); }
  // Closes the connection when the server has waited long enough.
  void abort() { transport_->abort(); }
  // CLIENT KILL: the client counts as gone from now on, even if its thread ends a moment later.
  void kill();
  bool is_killed() { return card().is_killed(); }

  const Transport& transport() const { return *transport_; }
  const std::string& name() const { return name_; }
  const std::string& address() const { return address_; }
  // The client's entry in CLIENT LIST. The card lives as long as the connection.
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
  bool client_makes_room();
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
  Wakeup wakeup_;  // woken by any thread, also by a store's thread that notifies of writes
  ReceiveBuffer buffer_;
  const std::unique_ptr<Protocol> conversation_;
  InputClock clock_;
  Sender sender_;
  OwedReplies owed_;
  const Clock::time_point began_ = Clock::now();
  bool no_more_input_ = false;  // the end was read, or the server has stopped reading
  // When the client's end was noticed; input before it may not have been read yet.
  std::optional<Clock::time_point> peer_finished_;
  bool broken_ = false;           // nothing can be sent any more
  bool sends_all_first_ = false;  // the client may read only when it has sent everything

  // --- Any thread.
  Mailbox mailbox_;
  std::atomic<bool> stops_{false};
};

}  // namespace kvstore::server
