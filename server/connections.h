// The open connections, each with a thread with a small stack.
#pragma once

#include <pthread.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <unordered_set>

#include "server/connection.h"
#include "server/shared.h"
#include "src/base/mutex.h"

namespace kvstore::server {

// Thread rule: any thread; the destructor last, after wait_until_none().
class Connections {
 public:
  explicit Connections(Shared& shared) : shared_(shared) {}
  ~Connections();
  Connections(const Connections&) = delete;
  Connections& operator=(const Connections&) = delete;

  // Serves the client on a new thread. kLimit if no thread can be started: `connection` then still
  // belongs to the caller. The same holds if it throws std::bad_alloc.
  Status serve(std::unique_ptr<Connection>& connection);

  // Bytes of all connections, including closed ones.
  struct Traffic {
    std::uint64_t received = 0, sent = 0;
  };
  Traffic traffic() const KV_EXCLUDES(mutex_);
  std::size_t count() const;
  // By ascending session numbers. `visit` must not call this object.
  void visit(const std::function<void(Connection&)>& visit) KV_EXCLUDES(mutex_);
  void stop_all();
  // Makes all connections look at the shared state again.
  void wake_all();
  void abort_all();
  // False if some are still open after `limit` (nullopt: no limit).
  bool wait_until_none(std::optional<std::chrono::milliseconds> limit);

 private:
  struct Task;
  static void* thread_main(void* task);
  void ended(std::unique_ptr<Connection> connection);

  Shared& shared_;
  mutable Mutex mutex_;
  CondVar none_;
  std::unordered_set<Connection*> open_ KV_GUARDED_BY(mutex_);
  std::size_t burst_ KV_GUARDED_BY(mutex_) = 0;  // the most that were open since there was none
  Traffic ended_ KV_GUARDED_BY(mutex_);  // of closed connections
  // The last thread that ended, which is not joined yet.
  std::optional<pthread_t> last_ended_ KV_GUARDED_BY(mutex_);
};

}  // namespace kvstore::server
