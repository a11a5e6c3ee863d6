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

#include "server/http/conversation.h"
#include "server/socket.h"
#include "server/tls_transport.h"

namespace kvstore::server {
namespace {

constexpr std::size_t kMaxRefused = 64;  // lingering until their end is read
constexpr int kPauseMs = 50;             // when the system has nothing left to give
constexpr int kDrainMs = 1;              // while one of them goes on sending

file::Descriptor open_spare() {
  return file::Descriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC));
}

// Errors of accept() that concern only that connection, or nothing.
bool is_the_clients(int error) {
  return error == EAGAIN || error == EWOULDBLOCK || error == EINTR || error == ECONNABORTED;
}

}  // namespace

Acceptor::Acceptor(Shared& shared, Connections& connections, const std::vector<Listener>& listeners,
                   int stop_event)
    : shared_(shared),
      connections_(connections),
      listeners_(listeners),
      stop_event_(stop_event),
      polled_{{stop_event, POLLIN, 0}},
      spare_(open_spare()) {
  for (const Listener& one : listeners_) polled_.push_back({one.socket.get(), POLLIN, 0});
}

// Accepts one connection of each listener a turn, so that none starves another.
void Acceptor::run() {
  while (wait()) {
    for (std::size_t i = 0; i < listeners_.size(); ++i) {
      if (polled_[i + 1].revents != 0) turn(listeners_[i]);
    }
    let_refused_go(false);
  }
  let_refused_go(true);
}

void Acceptor::turn(const Listener& listener) {
  try {
    accept_one(listener);
  } catch (const std::bad_alloc&) {  // the client's connection is closed
    shared_.refuse(Away::kMemory);
    log_if_possible(shared_.log, Level::kError, "no memory for another connection");
    pause();
  }
}

// Waits a moment for resources, or for the stop event.
void Acceptor::pause() {
  pollfd stop{stop_event_, POLLIN, 0};
  ::poll(&stop, 1, kPauseMs);
}

// Waits for a connection, or for a refused client to close. False: stop.
bool Acceptor::wait() {
  for (pollfd& one : polled_) one.revents = 0;
  const int limit_ms = refused_.empty() ? -1 : refused_send_ ? kDrainMs : kPauseMs;
  const int ready = ::poll(polled_.data(), polled_.size(), limit_ms);
  // Where it cannot be asked for, each is tried: accept4() does not wait.
  for (std::size_t i = 1; ready < 0 && i < polled_.size(); ++i) polled_[i].revents = POLLIN;
  return (polled_[0].revents & POLLIN) == 0;
}

void Acceptor::accept_one(const Listener& listener) {
  file::Descriptor socket(::accept4(listener.socket.get(), nullptr, nullptr, SOCK_CLOEXEC));
  if (socket) {
    if (!spare_) spare_ = open_spare();
    admit(std::move(socket), listener);
  } else if (errno == EMFILE || errno == ENFILE) {
    out_of_descriptors(listener);
  } else if (!is_the_clients(errno)) {
    pause();
  }
}

// Without a descriptor the client could not even be refused, and would stay in the queue: closing
// the spare one makes this possible.
void Acceptor::out_of_descriptors(const Listener& listener) {
  const Error error{Code::kLimit,
                    fmt::format("the server is out of file descriptors ({})",
                                std::generic_category().message(errno)),
                    "try again later, or start the server with a higher ulimit -n"};
  spare_ = {};
  file::Descriptor socket(::accept4(listener.socket.get(), nullptr, nullptr, SOCK_CLOEXEC));
  if (socket) {
    // Do not linger, which would keep the descriptor.
    refuse(transport_of(std::move(socket), listener), listener, Away::kDescriptors, error);
    let_refused_go(true);
  }
  spare_ = open_spare();
  if (!spare_) pause();
}

std::unique_ptr<Transport> Acceptor::transport_of(file::Descriptor socket,
                                                  const Listener& listener) {
  auto transport = listener.kind == Listener::Kind::kTls
                       ? tls_transport(std::move(socket), shared_.certificates->current())
                       : plain_transport(std::move(socket));
  if (transport == nullptr) throw std::bad_alloc();
  transport->set_kind(listener.kind_name());
  return transport;
}

void Acceptor::admit(file::Descriptor socket, const Listener& listener) {
  shared_.accepted.fetch_add(1, std::memory_order_relaxed);
  if (connections_.count() >= shared_.config.max_connections) {
    refuse(transport_of(std::move(socket), listener), listener, Away::kConnections,
           Error{Code::kLimit,
                 fmt::format("the server has its {} connections already",
                             shared_.config.max_connections),
                 "try again later, or start the server with a higher --max-connections"});
    return;
  }
  set_connection_options(socket.get());
  auto connection = std::make_unique<Connection>(shared_, transport_of(std::move(socket), listener),
                                                 listener.speaks, ++number_);
  if (const Status served = connections_.serve(connection); !served) {
    refuse(connection->release_transport(), listener, Away::kThread, served.error());
  }
}

// The protocol is not known yet: this line is valid in text and in RESP. A TLS client gets no
// message, because that would need a completed handshake.
void Acceptor::refuse(std::unique_ptr<Transport> transport, const Listener& listener, Away reason,
                      const Error& error) {
  shared_.refuse(reason);
  if (const auto quiet = shared_.refusals.admit()) {
    shared_.log->warn("a connection was refused: {}{}", error.message, like_it(*quiet));
  }
  transport->drain();
  (void)transport->write(
      listener.speaks == Listener::Speaks::kHttp
          ? http::refusal(error)
          : fmt::format("-ERR {} {}; {}\r\n", code_name(error.code), error.message, error.hint));
  transport->finish_writing();
  refused_.push_back({std::move(transport), Clock::now() + kLinger});
  if (refused_.size() > kMaxRefused) refused_.pop_front();
}

void Acceptor::let_refused_go(bool all_due) {
  refused_send_ = false;
  for (Refused& refused : refused_) refused_send_ |= refused.transport->drain();
  const auto now = Clock::now();
  while (!refused_.empty() && (all_due || refused_.front().until <= now)) refused_.pop_front();
}

}  // namespace kvstore::server
