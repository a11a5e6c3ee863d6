// Lets one thread wait for a connection's descriptor while any other thread can wake it.
//
// A wake-up is a signal to that thread, sent only while it waits. Usually the wait is a blocking
// read: one system call for a request, where a poll() before it would make two. A signal that
// arrives just before the read blocks must not be lost, so its handler shortens the socket's
// receive timeout: then that read returns, too. All other waits use ppoll(), which admits the
// signal atomically.
//
// An eventfd for each connection would need a second descriptor (half as many clients within the
// system's limit), and the poll().
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

// Installs the handler of SIGURG, which is ignored by default. Once, for the whole process.
void install_wakeup_signal();

class Wakeup {
 public:
  enum class Event : std::uint8_t {
    kReady,    // the descriptor is ready, or has an error
    kWoken,    // by wake(), or spuriously
    kTimeout,  // the deadline has passed
    kFailed,   // the system call failed
  };

  // --- The waiting thread, for one descriptor at a time.
  // Call these before and after its waits.
  void attach(int descriptor);
  void detach();
  // `events` as for poll(); nullopt: no deadline.
  Event wait(short events, std::optional<Clock::time_point> deadline);
  // Transport::read_waiting(), which returns kBlocked if the thread is woken.
  Transfer read(Transport& transport, char* bytes, std::size_t size);

  // --- Any thread, while this exists.
  // Ends the present wait, or else the next one.
  void wake();

 private:
  // Each side sets its own flag and then reads the other's, so one of them sees both.
  std::atomic<bool> is_wanted_{false};
  std::atomic<bool> is_waiting_{false};
  Mutex mutex_;
  std::optional<pthread_t> waiter_ KV_GUARDED_BY(mutex_);
};

}  // namespace kvstore::server
