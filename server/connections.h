// The open connections and their threads: one small thread each.
#pragma once

#include <pthread.h>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_set>

#include "server/connection.h"
#include "server/shared.h"

namespace kvstore::server {

// Thread rule: any thread; the destructor last, after wait_until_none().
class Connections {
 public:
  explicit Connections(Shared& shared) : shared_(shared) {}
  ~Connections();
  Connections(const Connections&) = delete;
  Connections& operator=(const Connections&) = delete;

  // Serves the client on a thread of its own. kLimit if the system gives none;
  // `connection` is then still the caller's.
  Status serve(std::unique_ptr<Connection>& connection);

  std::size_t count() const;
  void interrupt_all();
  void abort_all();
  // False if some are still open after `limit` (nullopt: waits for ever).
  bool wait_until_none(std::optional<std::chrono::milliseconds> limit);

 private:
  struct Task;
  static void* thread_main(void* task);
  void ended(std::unique_ptr<Connection> connection);

  Shared& shared_;
  mutable std::mutex mutex_;
  std::condition_variable none_;
  // Guarded by mutex_.
  std::unordered_set<Connection*> open_;
  std::optional<pthread_t> last_ended_;  // the only thread that nobody has joined
};

}  // namespace kvstore::server
