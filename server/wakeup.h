// One thread waits for a connection's descriptor, and any other can wake it meanwhile.
//
// A wake-up is a signal to that thread, sent only while it waits. The usual wait, for
// a client that is owed nothing, is a read that blocks: one system call a request, where
// a poll() before it would take two. A signal that comes just before the read blocks must
// not be lost, so its handler shortens the socket's receive timeout: then that read
// returns too. All other waits are ppoll()s, which let the signal in by themselves.
//
// An eventfd for each connection would take a second descriptor (half as many clients
// within the system's limit), and the poll().
#pragma once

#include <pthread.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "server/deadline.h"
#include "server/transport.h"
#include "src/base/mutex.h"

namespace kvstore::server {

// The signal, SIGURG: left alone, it does nothing. For the whole process, once.
void install_wakeup_signal();

class Wakeup {
 public:
  enum class Event : std::uint8_t {
    kReady,    // the descriptor is, or has an error to tell
    kWoken,    // by wake(), or for no reason
    kTimeout,  // it is the deadline
    kFailed,   // the system does not let us wait
  };

  // --- of the thread that waits, for one descriptor at a time
  // Before its waits and after them.
  void attach(int descriptor);
  void detach();
  // `events` of poll(); nullopt: however long it takes.
  Event wait(short events, std::optional<Clock::time_point> deadline);
  // Transport::read_waiting(), given up as kBlocked where the thread is woken.
  Transfer read(Transport& transport, char* bytes, std::size_t size);

  // --- of any thread, as long as this exists
  // The wait that is going on ends, or the next one, if none is.
  void wake();

 private:
  // Each side sets its own and then looks at the other's, so one of them sees both.
  std::atomic<bool> is_wanted_{false};
  std::atomic<bool> is_waiting_{false};
  Mutex mutex_;
  std::optional<pthread_t> waiter_ KV_GUARDED_BY(mutex_);
};

}  // namespace kvstore::server
