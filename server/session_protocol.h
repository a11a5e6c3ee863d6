// What text and RESP (conversation.h) have in common with HTTP (http/conversation.h): a session,
// the journal of what it does, and the count of the memory that is held for the client.
//
// Not thread-safe, but where protocol.h says so.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/journal.h"
#include "server/memory_budget.h"
#include "server/protocol.h"
#include "server/shared.h"
#include "src/command/session.h"

namespace kvstore::server {

// Whose connection it is. All must outlive the protocol.
struct ClientNames {
  const std::string& name;     // as log lines call it
  const std::string& address;  // its own
  const std::string& peer;     // its network address, as network_of_peer() says it
};

class SessionProtocol : public Protocol {
 private:
  static constexpr std::uint64_t kLongestTurnUs = 100'000;

  // Before the session, which uses them as long as it lives.
  MemoryShare memory_;
  std::size_t outside_;      // the caller's
  std::size_t counted_ = 0;  // what memory_ was told
  std::atomic<std::uint64_t> last_turn_;
  std::atomic<std::size_t> published_{0};

 public:
  SessionProtocol(const SessionProtocol&) = delete;
  SessionProtocol& operator=(const SessionProtocol&) = delete;

  // --- any thread
  std::uint64_t session_id() const override { return session_.id(); }
  command::ClientCard& card() override { return session_.card(); }
  Clock::time_point last_turn() const override {
    return Clock::time_point(std::chrono::microseconds(last_turn_.load(std::memory_order_relaxed)));
  }
  std::size_t published_memory() const override {
    return published_.load(std::memory_order_relaxed);
  }

  bool has_lost_user() override { return session_.has_lost_user(); }
  bool is_logged_in() override { return session_.is_logged_in(); }
  std::string& output() override { return output_; }
  bool ended() const override { return ended_; }
  bool owes_answers() const override { return session_.has_uncommitted(); }
  std::uint64_t answered() const override { return answered_; }

  void set_outside_memory(std::size_t bytes) override;
  bool take_memory(std::size_t bytes) override;
  bool keeps_memory() const override { return held() > unasked_; }

  void limit_wait(Clock::time_point until) override { session_.limit_wait(until); }

 protected:
  // `longest_value`: what the protocol has for the longest. The derived class count_memory()s once
  // it is made.
  SessionProtocol(Shared& shared, const ClientNames& client, std::size_t outside, Links links,
                  std::uint64_t longest_value);

  // Before a command is looked at (src/command/command_section.h). False: there must be no more.
  bool begin_command() {
    session_.card().section->begin_command();
    return !session_.card().is_killed();
  }
  // Until when CLIENT PAUSE holds the command that waits, and might write when it goes on.
  std::optional<Clock::time_point> wait_held_until() const;

  // Bytes of memory that are held, but for the caller's.
  virtual std::size_t held() const = 0;
  void count_memory();
  // Replies that are ready do not wait for commands that take longer, and where nobody is left to
  // read them the socket says so.
  bool turn_is_long() const { return journal_.turn_us() > kLongestTurnUs; }
  void end_turn();

  Shared& shared_;
  const Links links_;
  // Replies up to this size are made without asking for memory.
  const std::size_t unasked_;
  const std::size_t piece_;  // of a long reply
  command::Session session_;
  Journal journal_;
  bool ended_ = false;
  std::uint64_t answered_ = 0;
  std::string output_;
};

}  // namespace kvstore::server
