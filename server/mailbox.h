// What other threads have for a client: bytes to be sent between its replies.
//
// Thread rule: any thread; take() is the connection's own.
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
  // Holds at most `limit` bytes, all of them counted in `budget`.
  Mailbox(MemoryBudget& budget, std::size_t limit) : budget_(budget), limit_(limit) {}
  ~Mailbox() { (void)take(); }
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  // False, and nothing of it was taken, if there is no memory for it. What a client may miss
  // leaves half of the memory to those who wait for answers.
  bool add(std::string_view bytes);
  bool is_empty() const { return is_empty_.load(std::memory_order_acquire); }
  // All of it, no longer counted.
  std::string take();

 private:
  MemoryBudget& budget_;
  const std::size_t limit_;
  std::atomic<bool> is_empty_{true};
  Mutex mutex_;
  std::string bytes_ KV_GUARDED_BY(mutex_);
};

}  // namespace kvstore::server
