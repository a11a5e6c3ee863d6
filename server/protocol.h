// The interface between a connection and the protocol of its bytes: text and RESP (conversation.h),
// or HTTP (http/conversation.h).
//
// Not thread-safe, except where noted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/deadline.h"
#include "src/base/status.h"
#include "src/command/client_card.h"
#include "src/command/waiting.h"
#include "src/store/commit_waiter.h"

namespace kvstore::server {

class Protocol {
 public:
  // Callbacks to the connection.
  struct Links {
    // Called, on any thread and with locks held, when is_due() may have become true.
    void (*wake)(void* context) = nullptr;
    // Whether the client has gone, or sends no more; called under the store's writer lock.
    bool (*is_gone)(void* context) = nullptr;
    void* context = nullptr;
    // The caller commits when awaits_commit() is true.
    bool commits = false;
  };
  virtual ~Protocol() = default;

  // --- Any thread.
  virtual std::uint64_t session_id() const = 0;
  virtual command::ClientCard& card() = 0;
  virtual Clock::time_point last_turn() const = 0;
  virtual std::size_t published_memory() const = 0;

  // Takes what arrived, and calls resume(). False: not enough memory.
  virtual bool receive(std::string_view bytes) = 0;
  // Executes what was taken, until it is used up or much is unsent.
  virtual void resume() = 0;
  // The client will send no more: an incomplete request is an error. Calls resume().
  virtual void finish() = 0;
  // True if its user was removed: nothing more is executed.
  virtual bool has_lost_user() = 0;
  // True if no login is needed any more.
  virtual bool is_logged_in() = 0;
  // Replies with `error` and ends, discarding an incomplete request.
  virtual void refuse(const Error& error) = 0;
  // What refuse() would send if there is no memory. Allocates nothing.
  virtual std::string_view no_memory_reply() const = 0;

  // The bytes to send, all durable unless awaits_commit(). The caller sends and clears them.
  virtual std::string& output() = 0;
  // True if the last replies acknowledge writes that are not durable: call begin_commit() first,
  // before anything is sent. Only with Links::commits.
  virtual bool awaits_commit() const { return false; }
  // nullopt: another thread commits, and notifies `waiter` (src/store/commit_waiter.h). Then, or at
  // once, call end_commit(), and nothing else before.
  virtual std::optional<Status> begin_commit(CommitWaiter&) { return Status{}; }
  virtual void end_commit(const Status&, std::uint64_t /*took_us*/) {}
  // Whether end_commit() has something to log. Any thread.
  virtual bool is_of_note(const Status&, std::uint64_t /*took_us*/) const { return false; }
  // Adds whole replies from elsewhere after the present output. Not while is_streaming().
  virtual void add_output(std::string_view bytes) = 0;
  // True if resume() has work to do.
  virtual bool has_more() const = 0;
  // True within a long reply: call resume() once all of output() is sent.
  virtual bool is_streaming() const = 0;
  // --- Delayed replies (src/command/waiting.h), and FOLLOW.
  virtual bool is_waiting() const = 0;
  virtual bool is_due() const = 0;
  virtual std::optional<command::WaitClock::time_point> due_at() const = 0;
  virtual bool is_following() const = 0;
  // True if messages of channels may arrive: the client is never idle.
  virtual bool is_subscribed() const { return false; }
  // True if the client has read them too slowly, and must be closed.
  virtual bool has_fallen_behind() const { return false; }
  // True if resume() would only write messages of FOLLOW: call it once output() is sent.
  virtual bool only_follows() const = 0;
  // False once the limit for waiting requests is reached.
  virtual bool takes_more() const = 0;
  // The client sends no more, and may be gone: no command waits past `until`.
  virtual void limit_wait(Clock::time_point until) = 0;
  // The server stops: answers waiting commands, and ends FOLLOW.
  virtual void end_waits() = 0;

  // True at the end: send output() and close.
  virtual bool ended() const = 0;
  // True if a request is incomplete.
  virtual bool inside_request() const = 0;
  // Whether writes that are not durable yet are still to be answered.
  virtual bool owes_answers() const = 0;
  // Number of requests answered, with a result or an error.
  virtual std::uint64_t answered() const = 0;

  // --- Memory. `outside` is the memory that the caller holds for this client.
  virtual void set_outside_memory(std::size_t bytes) = 0;
  // Takes `bytes` more, until the next receive() or resume() counts again.
  virtual bool take_memory(std::size_t bytes) = 0;
  // Takes memory for one resume(), beyond what is not accounted.
  virtual bool take_memory_for_replies() = 0;
  // True if it holds buffers between requests, for the next ones.
  virtual bool keeps_memory() const = 0;
  virtual void give_memory_back() = 0;
};

}  // namespace kvstore::server
