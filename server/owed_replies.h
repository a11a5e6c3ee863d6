// Replies that wait for another thread's sync are sent by that thread. So the connection's own
// thread is not woken to send a few bytes: it waits for the client meanwhile.
//
// The other thread handles only the normal case. In any other case (the socket is full, the sync
// failed, something must be logged) the connection's thread is woken to do it.
#pragma once

#include <atomic>
#include <cstdint>

#include "server/deadline.h"
#include "server/protocol.h"
#include "server/sender.h"
#include "server/wakeup.h"
#include "src/store/commit_waiter.h"

namespace kvstore::server {

// Used by the connection's thread. From a hand_over() that returned true until take_back(), the
// protocol and the sender belong to the other thread, except for what any thread may call.
class OwedReplies final : private CommitWaiter {
 public:
  OwedReplies(Protocol& protocol, Sender& sender, Wakeup& wakeup)
      : protocol_(protocol), sender_(sender), wakeup_(wakeup) {}

  // Commits what protocol.awaits_commit(). False: that is done, and nothing was sent.
  bool hand_over();
  // Waits until the sync has ended, and returns when it did.
  Clock::time_point take_back();

 private:
  void committed(Status status) noexcept override;

  Protocol& protocol_;
  Sender& sender_;
  Wakeup& wakeup_;
  Clock::time_point began_;
  enum class Whose : std::uint32_t { kOwn, kOthers };
  std::atomic<Whose> whose_{Whose::kOwn};  // state of the hand-over
  // Used by the other thread during the hand-over.
  Clock::time_point ended_;
  Status status_;
};

}  // namespace kvstore::server
