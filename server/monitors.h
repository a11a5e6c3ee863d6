// MONITOR: clients that are sent what others execute.
//
// Thread rule: any thread. What is sent is bounded as all that is pushed (server/mailbox.h): who
// reads too slowly misses some of it, and is told how much.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <unordered_map>

#include "src/base/mutex.h"
#include "src/command/table.h"

namespace kvstore::server {

class Connection;

class Monitors {
 public:
  bool are_there() const { return count_.load(std::memory_order_relaxed) != 0; }
  void add(Connection& connection) KV_EXCLUDES(mutex_);
  // Before the connection goes, or when it has had enough.
  void remove(Connection& connection) KV_EXCLUDES(mutex_);
  // A client at that address is about to execute this.
  void tell(command::Args argv, std::string_view address) KV_EXCLUDES(mutex_);

 private:
  std::atomic<std::size_t> count_{0};
  Mutex mutex_;
  // With how many commands each has missed.
  std::unordered_map<Connection*, std::uint64_t> connections_ KV_GUARDED_BY(mutex_);
};

}  // namespace kvstore::server
