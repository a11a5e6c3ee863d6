#include "src/client/connection.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <system_error>
#include <utility>

#include <fmt/core.h>

#include "src/file/descriptor.h"

namespace kvstore::client {
namespace {

using Addresses = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

std::string describe_errno(int number) { return std::generic_category().message(number); }

Result<Addresses> resolve(const std::string& host, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int failed = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (failed != 0) {
    return fail(Code::kNetwork,
                fmt::format("cannot find host {}: {}", host, ::gai_strerror(failed)),
                "kvstore connect HOST:PORT, with the server's name or address");
  }
  return Addresses(found, &::freeaddrinfo);
}

int connect_to(const addrinfo& address) {
  const int descriptor = file::above_standard(
      ::socket(address.ai_family, address.ai_socktype | SOCK_CLOEXEC, address.ai_protocol));
  if (descriptor < 0) return -1;
  if (::connect(descriptor, address.ai_addr, address.ai_addrlen) == 0) return descriptor;
  const int failure = errno;
  ::close(descriptor);
  errno = failure;
  return -1;
}

}  // namespace

Status Connection::open(const std::string& host, std::uint16_t port) {
  close();
  KV_ASSIGN(const Addresses addresses, resolve(host, port));
  int failure = 0;
  for (const addrinfo* address = addresses.get(); address != nullptr; address = address->ai_next) {
    descriptor_ = connect_to(*address);
    if (descriptor_ >= 0) break;
    failure = errno;
  }
  if (descriptor_ < 0) {
    return fail(Code::kNetwork,
                fmt::format("cannot connect to {}:{}: {}", host, port, describe_errno(failure)),
                fmt::format("kvstore data.bin --listen {}, to start a server", port));
  }
  const int on = 1;
  ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return {};
}

void Connection::close() {
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

Status Connection::exchange(std::string_view out, std::size_t* sent, std::string* in,
                            int timeout_ms) {
  constexpr std::size_t kChunk = std::size_t{256} << 10;
  const short events = static_cast<short>(POLLIN | (out.empty() ? 0 : POLLOUT));
  pollfd poll_for{descriptor_, events, 0};
  if (::poll(&poll_for, 1, timeout_ms) < 0) return {};
  if ((poll_for.revents & (POLLIN | POLLHUP | POLLERR)) != 0) {
    const std::size_t before = in->size();
    in->resize(before + kChunk);
    const ssize_t got = ::recv(descriptor_, in->data() + before, kChunk, MSG_DONTWAIT);
    const int failure = errno;
    in->resize(before + static_cast<std::size_t>(got > 0 ? got : 0));
    if (got == 0 || (got < 0 && failure != EAGAIN && failure != EINTR)) {
      close();
      return fail(Code::kNetwork, got == 0 ? "the server closed the connection"
                                           : "the connection broke: " + describe_errno(failure));
    }
  }
  if ((poll_for.revents & POLLOUT) != 0) {
    const ssize_t put =
        ::send(descriptor_, out.data(), std::min(out.size(), kChunk), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (put > 0) *sent += static_cast<std::size_t>(put);
    // A failure shows in the next recv(), after the replies that still came.
  }
  return {};
}

}  // namespace kvstore::client
