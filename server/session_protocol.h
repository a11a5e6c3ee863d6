// The common part of text and RESP (conversation.h) and HTTP (http/conversation.h): a session, its
// journal, and the accounting of the client's memory.
//
// Not thread-safe, except where protocol.h says so.
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

// The names of a client. They must outlive the protocol.
struct ClientNames {
  const std::string& name;     // in the log
  const std::string& address;  // its address
  const std::string& peer;     // its network address, from network_of_peer()
};

class SessionProtocol : public Protocol {
 private:
  static constexpr std::uint64_t kLongestTurnUs = 100'000;

  // Declared before the session, which uses them.
  MemoryShare memory_;
  std::size_t outside_;      // held by the caller
  std::size_t counted_ = 0;  // as passed to memory_
  std::atomic<std::uint64_t> last_turn_;
  std::atomic<std::size_t> published_{0};

 public:
  SessionProtocol(const SessionProtocol&) = delete;
  SessionProtocol& operator=(const SessionProtocol&) = delete;

  // --- Any thread.
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
  // `longest_value` is the protocol's limit for a reply. The derived class must call count_memory()
  // at the end of its constructor.
  SessionProtocol(Shared& shared, const ClientNames& client, std::size_t outside, Links links,
                  std::uint64_t longest_value);

  // Call it before a command is checked (src/command/command_section.h). False: execute no more.
  bool begin_command() {
    session_.card().section->begin_command();
    return !session_.card().is_killed();
  }
  // Until when CLIENT PAUSE holds the command that waits and might write when it continues.
  std::optional<Clock::time_point> wait_held_until() const;

  // Bytes of memory held, without the caller's.
  virtual std::size_t held() const = 0;
  void count_memory();
  // True if the turn has taken long: replies that are ready should be sent, and the socket then
  // tells whether the client has gone.
  bool turn_is_long() const { return journal_.turn_us() > kLongestTurnUs; }
  void end_turn();

  Shared& shared_;
  const Links links_;
  // Replies up to this size are not accounted.
  const std::size_t unasked_;
  const std::size_t piece_;  // size of a piece of a long reply
  command::Session session_;
  Journal journal_;
  bool ended_ = false;
  std::uint64_t answered_ = 0;
  std::string output_;
};

}  // namespace kvstore::server
