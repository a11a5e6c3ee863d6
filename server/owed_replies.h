// Replies that wait for a sync that another thread makes: that thread sends them, too. So the
// connection's own is not woken to send a few bytes: it waits for the client meanwhile.
//
// What the other thread does is the usual only. Whatever is left (the client has no room, the
// sync failed, the log has something to say) is the connection's, which is woken for it.
#pragma once

#include <atomic>
#include <cstdint>

#include "server/deadline.h"
#include "server/protocol.h"
#include "server/sender.h"
#include "server/wakeup.h"
#include "src/store/commit_waiter.h"

namespace kvstore::server {

// Belongs to the connection's thread. From a hand_over() that is true until take_back(), the
// protocol and the sender are the other thread's, but for what any thread may call.
class OwedReplies final : private CommitWaiter {
 public:
  OwedReplies(Protocol& protocol, Sender& sender, Wakeup& wakeup)
      : protocol_(protocol), sender_(sender), wakeup_(wakeup) {}

  // Commits what protocol.awaits_commit(). False: it is done, and nothing has been sent.
  bool hand_over();
  // Waits for the sync, if it has not ended. Says when it was over.
  Clock::time_point take_back();

 private:
  void committed(Status status) noexcept override;

  Protocol& protocol_;
  Sender& sender_;
  Wakeup& wakeup_;
  Clock::time_point began_;
  enum class Whose : std::uint32_t { kOwn, kOthers };
  std::atomic<Whose> whose_{Whose::kOwn};  // what is between
  // The other thread's, as long as the rest is.
  Clock::time_point ended_;
  Status status_;
};

}  // namespace kvstore::server
