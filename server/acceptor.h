// Accepts new connections until it is told to stop, and tells refused clients why.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include <poll.h>

#include "server/connections.h"
#include "server/deadline.h"
#include "server/listener.h"
#include "server/shared.h"
#include "server/transport.h"
#include "src/file/descriptor.h"

namespace kvstore::server {

// Used by one thread.
class Acceptor {
 public:
  // `stop_event` becomes readable to stop the acceptor.
  Acceptor(Shared& shared, Connections& connections, const std::vector<Listener>& listeners,
           int stop_event);

  void run();

 private:
  // A refused client: it gets an error message and a moment to read it. Closing at once would reset
  // the connection, because the client's first command is unread.
  struct Refused {
    std::unique_ptr<Transport> transport;
    Clock::time_point until;
  };

  bool wait();
  void turn(const Listener& listener);
  void pause();
  void accept_one(const Listener& listener);
  void out_of_descriptors(const Listener& listener);
  void admit(file::Descriptor socket, const Listener& listener);
  std::unique_ptr<Transport> transport_of(file::Descriptor socket, const Listener& listener);
  void refuse(std::unique_ptr<Transport> transport, const Listener& listener, Away reason,
              const Error& error);
  void let_refused_go(bool all_due);

  Shared& shared_;
  Connections& connections_;
  const std::vector<Listener>& listeners_;
  const int stop_event_;
  std::vector<pollfd> polled_;  // the event, then the listeners
  file::Descriptor spare_;      // closed to accept and refuse a client when descriptors run out
  std::deque<Refused> refused_;
  bool refused_send_ = false;  // more than is read away at once
  std::uint64_t number_ = 0;
};

}  // namespace kvstore::server
