// Whom a commit owes its end (Store::commit(CommitWaiter&)): for who has better to do than to
// wait for a sync that another thread is about to make, as a connection has, whose client may
// speak.
//
// Thread rule: it is the store's from the call that answered nullopt until committed() is called,
// once, on any thread. That one has synced for others, and may be inside any call of its own, with
// locks of the store held: so committed() is brief, calls nothing of the store, and does not wait.
// The store does not touch it afterwards, so committed() may be the end of it.
#pragma once

#include <cstdint>

#include "src/base/status.h"

namespace kvstore {

class CommitWaiter {
 public:
  virtual ~CommitWaiter() = default;
  // What Store::commit() would have returned.
  virtual void committed(Status status) noexcept = 0;

 private:
  friend class CommitWaiters;
  std::uint64_t seq_ = 0;  // that is to be durable
  CommitWaiter* next_ = nullptr;
};

}  // namespace kvstore
