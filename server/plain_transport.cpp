#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "server/transport.h"

namespace kvstore::server {
namespace {

// `size` is the result of recv() or send().
Transfer transfer_of(ssize_t size) {
  using Result = Transfer::Result;
  if (size > 0) return {Result::kDone, static_cast<std::size_t>(size)};
  if (size == 0) return {Result::kEnd, 0};
  const bool is_blocked = errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
  return {is_blocked ? Result::kBlocked : Result::kBroken, 0};
}

class PlainTransport final : public Transport {
 public:
  explicit PlainTransport(file::Descriptor socket) : socket_(std::move(socket)) {}

  Transfer read(char* bytes, std::size_t size) override {
    ssize_t got;
    do {
      got = ::recv(socket_.get(), bytes, size, MSG_DONTWAIT);
    } while (got < 0 && errno == EINTR);
    return note_received(transfer_of(got));
  }

  Transfer read_waiting(char* bytes, std::size_t size) override {
    return note_received(transfer_of(::recv(socket_.get(), bytes, size, 0)));
  }

  Transfer write(std::string_view bytes) override {
    ssize_t sent;
    do {
      sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    } while (sent < 0 && errno == EINTR);
    return note_sent(transfer_of(sent));
  }

  void finish_writing() override { ::shutdown(socket_.get(), SHUT_WR); }
  void abort() override { ::shutdown(socket_.get(), SHUT_RDWR); }

  int descriptor() const override { return socket_.get(); }
  short read_events() const override { return POLLIN; }
  short write_events() const override { return POLLOUT; }
  bool reads_beside_writes() const override { return true; }
  bool has_buffered() const override { return false; }

 private:
  const file::Descriptor socket_;
};

}  // namespace

std::unique_ptr<Transport> plain_transport(file::Descriptor socket) {
  return std::make_unique<PlainTransport>(std::move(socket));
}

}  // namespace kvstore::server
