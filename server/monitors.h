// MONITOR: clients that receive the commands of others.
//
// Thread rule: any thread. The output is bounded as in server/mailbox.h: a client that reads too
// slowly misses some commands, and is told how many.
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
  // Call it before the connection ends, or when it ends monitoring.
  void remove(Connection& connection) KV_EXCLUDES(mutex_);
  // A client at that address is about to execute this command.
  void tell(command::Args argv, std::string_view address) KV_EXCLUDES(mutex_);

 private:
  std::atomic<std::size_t> count_{0};
  Mutex mutex_;
  // With the number of commands that each has missed.
  std::unordered_map<Connection*, std::uint64_t> connections_ KV_GUARDED_BY(mutex_);
};

}  // namespace kvstore::server
