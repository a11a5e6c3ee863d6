// Bytes that other threads queue for a client, to be sent between its replies.
//
// Thread rule: any thread; take() is called by the connection only.
#pragma once

#include <atomic>
#include <cstddef>
#include <string>
#include <string_view>

#include "server/memory_budget.h"
#include "src/base/mutex.h"

namespace kvstore::server {

class Mailbox {
 public:
  // Holds at most `limit` bytes, all accounted in `budget`.
  Mailbox(MemoryBudget& budget, std::size_t limit) : budget_(budget), limit_(limit) {}
  ~Mailbox() { (void)take(); }
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  // False if memory is short; nothing was added then. These optional bytes may use only half of the
  // budget, the rest is left to replies.
  bool add(std::string_view bytes);
  bool is_empty() const { return is_empty_.load(std::memory_order_acquire); }
  // Removes and returns all bytes, which are not accounted any more.
  std::string take();

 private:
  MemoryBudget& budget_;
  const std::size_t limit_;
  std::atomic<bool> is_empty_{true};
  Mutex mutex_;
  std::string bytes_ KV_GUARDED_BY(mutex_);
};

}  // namespace kvstore::server
