// One client's socket: reads, answers, and minds the clock and the limits.
//
// run() belongs to the connection's own thread; interrupt() and abort() may be
// called from another as long as the connection exists.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "server/conversation.h"
#include "server/shared.h"
#include "server/socket.h"

namespace kvstore::server {

class Connection {
 public:
  Connection(Shared& shared, Socket socket, std::uint64_t number);

  // Serves the client until either side has had enough.
  void run();

  // After run() has thrown: there was no memory. Takes none.
  void give_up() noexcept;

  // The server stops: what was received is still read and answered.
  void interrupt();
  // The server has waited long enough.
  void abort();

  const std::string& name() const { return name_; }
  // For a connection that will not run.
  Socket release_socket() { return std::move(socket_); }

 private:
  using Clock = std::chrono::steady_clock;

  bool receive(int flags);
  void took(std::size_t size);
  void enlarge_buffer();
  void resume();
  void track_request(std::size_t new_bytes, std::uint64_t answered_before);
  void input_ended();
  void input_timed_out();
  std::uint64_t receive_timeout_ms() const;
  std::uint64_t idle_timeout_ms() const;
  void apply_receive_timeout();

  bool keeps_memory() const;
  void give_memory_back();

  bool deliver();
  bool send_some();
  bool may_resume();
  bool listens_while_sending();
  bool wait_for_client();
  int write_timeout_left_ms() const;
  void client_does_not_read();
  void drop(const Error& error);
  void say_goodbye();

  std::size_t unsent() { return conversation_.output().size() - sent_; }

  Shared& shared_;
  Socket socket_;
  const std::string name_;
  const std::size_t small_buffer_;  // what is received into, as long as little comes
  Conversation conversation_;

  std::unique_ptr<char[]> buffer_;
  std::size_t buffer_size_;
  bool no_more_input_ = false;  // the client's end, or ours, has come
  bool broken_ = false;         // nothing can be sent any more

  std::size_t sent_ = 0;  // of conversation_.output()
  bool is_mid_output_ = false;  // some of the replies that wait was sent before
  Clock::time_point unread_since_{};  // when the client last read, if output waits
  // The request that is incomplete.
  Clock::time_point request_began_{};
  std::size_t request_size_ = 0;
  std::uint64_t timeout_in_force_ms_ = 0;
  // Nothing came for a moment, and what was kept for the next request is given back.
  bool rests_ = false;
};

}  // namespace kvstore::server
