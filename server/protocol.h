// What a connection needs of whoever understands its bytes: text and RESP (conversation.h), HTTP
// (http/conversation.h).
//
// Not thread-safe, but where it says so.
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
  // What it needs of the connection.
  struct Links {
    // Called, by any thread and with locks held, when is_due() may have become true.
    void (*wake)(void* context) = nullptr;
    // Whether the client has gone, or sends no more: under the store's writer lock.
    bool (*is_gone)(void* context) = nullptr;
    void* context = nullptr;
    // The caller commits where awaits_commit() says so.
    bool commits = false;
  };
  virtual ~Protocol() = default;

  // --- any thread
  virtual std::uint64_t session_id() const = 0;
  virtual command::ClientCard& card() = 0;
  virtual Clock::time_point last_turn() const = 0;
  virtual std::size_t published_memory() const = 0;

  // Takes what arrived and resume()s. False: there is no memory to take it into.
  virtual bool receive(std::string_view bytes) = 0;
  // Executes what was taken, until it is used up or much waits to be sent.
  virtual void resume() = 0;
  // The client will send no more: what is incomplete is an error. resume()s.
  virtual void finish() = 0;
  // Its user was removed: it has nothing to say any more.
  virtual bool has_lost_user() = 0;
  // It has given the password that it needs, or needs none.
  virtual bool is_logged_in() = 0;
  // Answers `error` and ends, forgetting a request that is not complete.
  virtual void refuse(const Error& error) = 0;
  // What refuse() would send where there is no memory for more. Takes none.
  virtual std::string_view no_memory_reply() const = 0;

  // What is to be sent, all of it durable, unless awaits_commit(). The caller sends and clears it.
  virtual std::string& output() = 0;
  // The newest of it acknowledges writes that are not durable: begin_commit() before anything
  // else, and before it is sent. Only with Links::commits.
  virtual bool awaits_commit() const { return false; }
  // nullopt: another thread does it, and tells `waiter` (src/store/commit_waiter.h). Then, or at
  // once, end_commit(), and nothing else before.
  virtual std::optional<Status> begin_commit(CommitWaiter&) { return Status{}; }
  virtual void end_commit(const Status&, std::uint64_t /*took_us*/) {}
  // end_commit() has something to log. Any thread.
  virtual bool is_of_note(const Status&, std::uint64_t /*took_us*/) const { return false; }
  // Whole replies from elsewhere, after those that are there. Not while is_streaming().
  virtual void add_output(std::string_view bytes) = 0;
  // Paused: resume() has work to do.
  virtual bool has_more() const = 0;
  // Inside a long reply: resume() once all of output() has been sent.
  virtual bool is_streaming() const = 0;
  // --- What may be answered later (src/command/waiting.h), and what is followed.
  virtual bool is_waiting() const = 0;
  virtual bool is_due() const = 0;
  virtual std::optional<command::WaitClock::time_point> due_at() const = 0;
  virtual bool is_following() const = 0;
  // Messages of channels come by themselves, too: it is never idle.
  virtual bool is_subscribed() const { return false; }
  // It has read them too slowly, and is to be closed.
  virtual bool has_fallen_behind() const { return false; }
  // resume() has messages of what is followed, and nothing else: once output() has been sent.
  virtual bool only_follows() const = 0;
  // As much as one may hold of what has arrived and waits.
  virtual bool takes_more() const = 0;
  // The client sends no more, and may be gone: nothing waits past `until`.
  virtual void limit_wait(Clock::time_point until) = 0;
  // The server stops: what waits is answered, and what is followed ends.
  virtual void end_waits() = 0;

  // There is nothing more to say: send output() and close.
  virtual bool ended() const = 0;
  // A request has begun and waits for its other bytes.
  virtual bool inside_request() const = 0;
  // Something was written that is not durable, and not answered yet.
  virtual bool owes_answers() const = 0;
  // Requests that were answered, with a result or an error.
  virtual std::uint64_t answered() const = 0;

  // --- memory. `outside` is what the caller holds for this client.
  virtual void set_outside_memory(std::size_t bytes) = 0;
  // Asks for so much more, until the next receive() or resume() counts anew.
  virtual bool take_memory(std::size_t bytes) = 0;
  // As much as one resume() may need beyond what it takes unasked.
  virtual bool take_memory_for_replies() = 0;
  // Held between requests, in case the next ones need it.
  virtual bool keeps_memory() const = 0;
  virtual void give_memory_back() = 0;
};

}  // namespace kvstore::server
