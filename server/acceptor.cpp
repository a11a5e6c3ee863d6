#include "server/acceptor.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <new>
#include <system_error>
#include <utility>

#include <fmt/core.h>

#include "server/socket.h"

namespace kvstore::server {
namespace {

constexpr std::size_t kMaxRefused = 64;  // lingering until their end is read
constexpr int kPauseMs = 50;             // when the system has nothing left to give

file::Descriptor open_spare() {
  return file::Descriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC));
}

// Errors of accept() that are about the one connection, or about none.
bool is_the_clients(int error) {
  return error == EAGAIN || error == EWOULDBLOCK || error == EINTR || error == ECONNABORTED;
}

void drain(Transport& transport) {
  char bytes[1024];
  while (transport.read(bytes, sizeof bytes).is_done()) {
  }
}

}  // namespace

Acceptor::Acceptor(Shared& shared, Connections& connections, int listener, int stop_event)
    : shared_(shared),
      connections_(connections),
      listener_(listener),
      stop_event_(stop_event),
      spare_(open_spare()) {}

void Acceptor::run() {
  while (wait()) turn();
  let_refused_go(true);
}

void Acceptor::turn() {
  try {
    accept_one();
    let_refused_go(false);
  } catch (const std::bad_alloc&) {  // the client's connection is closed again
    shared_.refused.fetch_add(1, std::memory_order_relaxed);
    log_if_possible(shared_.log, Level::kError, "no memory for another connection");
    pause();
  }
}

// For a moment, in the hope of better times; not if it is time to stop.
void Acceptor::pause() {
  pollfd stop{stop_event_, POLLIN, 0};
  ::poll(&stop, 1, kPauseMs);
}

// Until there is something to accept or somebody to let go. False: stop.
bool Acceptor::wait() {
  pollfd entries[2] = {{stop_event_, POLLIN, 0}, {listener_, POLLIN, 0}};
  ::poll(entries, 2, refused_.empty() ? -1 : kPauseMs);
  return (entries[0].revents & POLLIN) == 0;
}

void Acceptor::accept_one() {
  file::Descriptor socket(::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC));
  if (socket) {
    if (!spare_) spare_ = open_spare();
    admit(std::move(socket));
  } else if (errno == EMFILE || errno == ENFILE) {
    out_of_descriptors();
  } else if (!is_the_clients(errno)) {
    pause();
  }
}

// Without a descriptor the client cannot even be told so, and would stay in the
// queue: the spare one makes room for that.
void Acceptor::out_of_descriptors() {
  const Error error{Code::kLimit,
                    fmt::format("the server is out of file descriptors ({})",
                                std::generic_category().message(errno)),
                    "try again later, or start the server with a higher ulimit -n"};
  spare_ = {};
  file::Descriptor socket(::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC));
  if (socket) {
    // No linger: it would keep the descriptor.
    refuse(plain_transport(std::move(socket)), error);
    let_refused_go(true);
  }
  spare_ = open_spare();
  if (!spare_) pause();
}

void Acceptor::admit(file::Descriptor socket) {
  shared_.accepted.fetch_add(1, std::memory_order_relaxed);
  if (connections_.count() >= shared_.config.max_connections) {
    refuse(plain_transport(std::move(socket)),
           Error{Code::kLimit,
                 fmt::format("the server has its {} connections already",
                             shared_.config.max_connections),
                 "try again later, or start the server with a higher --max-connections"});
    return;
  }
  set_connection_options(socket.get());
  auto connection =
      std::make_unique<Connection>(shared_, plain_transport(std::move(socket)), ++number_);
  if (const Status served = connections_.serve(connection); !served) {
    refuse(connection->release_transport(), served.error());
  }
}

// Whether it would speak text or RESP is not known yet: this line is both.
void Acceptor::refuse(std::unique_ptr<Transport> transport, const Error& error) {
  shared_.refused.fetch_add(1, std::memory_order_relaxed);
  if (const auto quiet = shared_.refusals.admit()) {
    shared_.log->warn("a connection was refused: {}{}", error.message, like_it(*quiet));
  }
  drain(*transport);
  (void)transport->write(
      fmt::format("-ERR {} {}; {}\r\n", code_name(error.code), error.message, error.hint));
  transport->finish_writing();
  refused_.push_back({std::move(transport), Clock::now() + kLinger});
  if (refused_.size() > kMaxRefused) refused_.pop_front();
}

void Acceptor::let_refused_go(bool all_due) {
  for (Refused& refused : refused_) drain(*refused.transport);
  const auto now = Clock::now();
  while (!refused_.empty() && (all_due || refused_.front().until <= now)) refused_.pop_front();
}

}  // namespace kvstore::server
