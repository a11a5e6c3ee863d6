// The open connections and their threads: one small thread each.
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

  // Serves the client on a thread of its own. kLimit if the system gives none;
  // `connection` is then still the caller's. Throws std::bad_alloc likewise.
  Status serve(std::unique_ptr<Connection>& connection);

  // Bytes of all connections, also of those that have ended.
  struct Traffic {
    std::uint64_t received = 0, sent = 0;
  };
  Traffic traffic() const KV_EXCLUDES(mutex_);
  std::size_t count() const;
  // By the numbers of their sessions. `visit` must not call this.
  void visit(const std::function<void(Connection&)>& visit) KV_EXCLUDES(mutex_);
  void stop_all();
  // Each looks again at what it shares with the server.
  void wake_all();
  void abort_all();
  // False if some are still open after `limit` (nullopt: waits for ever).
  bool wait_until_none(std::optional<std::chrono::milliseconds> limit);

 private:
  struct Task;
  static void* thread_main(void* task);
  void ended(std::unique_ptr<Connection> connection);

  Shared& shared_;
  mutable Mutex mutex_;
  CondVar none_;
  std::unordered_set<Connection*> open_ KV_GUARDED_BY(mutex_);
  std::size_t burst_ KV_GUARDED_BY(mutex_) = 0;  // the most that were open since the last one left
  Traffic ended_ KV_GUARDED_BY(mutex_);  // of those
  // The only thread that nobody has joined.
  std::optional<pthread_t> last_ended_ KV_GUARDED_BY(mutex_);
};

}  // namespace kvstore::server
