// A callback for the end of a commit (Store::commit(CommitWaiter&)). It serves a caller that should
// not block while another thread syncs, such as a connection whose client may send more.
//
// Thread rule: the store uses the waiter from the call that returned nullopt until it has called
// committed(), once, on any thread. That thread has synced for others, and may be inside any call
// and hold locks of the store. So committed() must be brief, must not call the store and must not
// wait. The store does not touch the waiter afterwards, so committed() may destroy it.
#pragma once

#include <cstdint>

#include "src/base/status.h"

namespace kvstore {

class CommitWaiter {
 public:
  virtual ~CommitWaiter() = default;
  // `status` is the result that Store::commit() would have returned.
  virtual void committed(Status status) noexcept = 0;

 private:
  friend class CommitWaiters;
  std::uint64_t seq_ = 0;  // must become durable
  CommitWaiter* next_ = nullptr;
};

}  // namespace kvstore
