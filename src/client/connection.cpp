#include "src/client/connection.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <system_error>
#include <utility>

#include <fmt/core.h>

#include "src/file/descriptor.h"

namespace kvstore::client {
namespace {

constexpr std::size_t kChunk = std::size_t{256} << 10;

using Addresses = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

std::string describe_errno(int number) { return std::generic_category().message(number); }

// Errors of this process, which do not depend on the server.
bool is_of_this_end(int number) { return number == EMFILE || number == ENFILE; }

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
  if (descriptor_ < 0 && is_of_this_end(failure)) {
    return fail_errno(failure, "connect to", fmt::format("{}:{}", host, port));
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

Status Connection::open(const Address& address) {
  KV_TRY(address.path.empty() ? open(address.host, address.port) : open_path(address.path));
  if (!address.tls) return {};
  Status started = start_tls(address);
  if (!started) close();
  return started;
}

Status Connection::open_path(const std::string& path) {
  close();
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  if (path.size() >= sizeof address.sun_path) {
    return fail(Code::kNetwork, fmt::format("cannot connect to {}: the path is too long", path));
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  descriptor_ = file::above_standard(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const auto* const to = reinterpret_cast<const sockaddr*>(&address);
  if (descriptor_ >= 0 && ::connect(descriptor_, to, sizeof address) == 0) return {};
  const int failure = errno;
  close();
  if (is_of_this_end(failure)) return fail_errno(failure, "connect to", path);
  return fail(Code::kNetwork,
              fmt::format("cannot connect to {}: {}", path, describe_errno(failure)),
              fmt::format("kvstore data.bin --listen 0 --unix-socket {}, to start a server", path));
}

// Performs the handshake. A server that does not respond to it speaks another protocol.
Status Connection::start_tls(const Address& address) {
  KV_ASSIGN(const tls::Context context, tls::Context::of_client(*address.tls));
  tls_ = tls::Channel::connect(context, descriptor_, address.host);
  if (tls_ == nullptr) return fail(Code::kMemory, "there is not enough memory for TLS");
  constexpr int kPatience_ms = 10'000;
  auto done = tls_->shake_hands();
  while (done == tls::Channel::Result::kBlocked) {
    pollfd entry{descriptor_, tls_->read_events(), 0};
    if (::poll(&entry, 1, kPatience_ms) == 0) {
      return fail(Code::kNetwork, fmt::format("{} does not answer TLS", address.name()),
                  "without --tls, if it is a plain port");
    }
    done = tls_->shake_hands();
  }
  if (done == tls::Channel::Result::kDone) return {};
  if (tls_->met_plain_text()) {
    return fail(Code::kNetwork, fmt::format("{} does not speak TLS", address.name()),
                "without --tls, if it is a plain port");
  }
  const bool is_other_name = tls_->problem().find("mismatch") != std::string::npos;
  return fail(Code::kNetwork,
              fmt::format("no TLS with {}: {}", address.name(),
                          tls_->problem().empty() ? "it closed the connection" : tls_->problem()),
              is_other_name ? "connect to a name or an address that the server's certificate is for"
                            : "--tls-ca FILE trusts who signed the server's certificate");
}

void Connection::close() {
  if (tls_ != nullptr) tls_->finish_writing();
  tls_.reset();
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

Status Connection::exchange(std::string_view out, std::size_t* sent, std::string* in,
                            int timeout_ms) {
  if (tls_ != nullptr && tls_->has_buffered()) return receive(in);
  const short reads = tls_ != nullptr ? tls_->read_events() : short{POLLIN};
  const short writes = tls_ != nullptr ? tls_->write_events() : short{POLLOUT};
  pollfd poll_for{descriptor_, static_cast<short>(reads | (out.empty() ? 0 : writes)), 0};
  if (::poll(&poll_for, 1, timeout_ms) < 0) return {};
  if ((poll_for.revents & (reads | POLLHUP | POLLERR)) != 0) KV_TRY(receive(in));
  if (!out.empty() && (poll_for.revents & writes) != 0) *sent += send(out);
  return {};
}

Status Connection::receive(std::string* in) {
  const std::size_t before = in->size();
  in->resize(before + kChunk);
  bool is_end = false;
  std::string failure;
  std::size_t size = 0;
  if (tls_ != nullptr) {
    const auto got = tls_->read(in->data() + before, kChunk);
    size = got.size;
    is_end =
        got.result == tls::Channel::Result::kEnd || got.result == tls::Channel::Result::kBroken;
    failure = tls_->problem();
  } else {
    const ssize_t got = ::recv(descriptor_, in->data() + before, kChunk, MSG_DONTWAIT);
    const int number = errno;
    size = got > 0 ? static_cast<std::size_t>(got) : 0;
    is_end = got == 0 || (got < 0 && number != EAGAIN && number != EINTR);
    if (got < 0 && is_end) failure = describe_errno(number);
  }
  in->resize(before + size);
  if (!is_end) return {};
  close();
  return fail(Code::kNetwork, failure.empty() ? "the server closed the connection"
                                              : "the connection broke: " + failure);
}

// Returns the number of bytes sent. A failure is reported by the next receive(), after the replies
// that still arrived.
std::size_t Connection::send(std::string_view out) {
  if (tls_ != nullptr) return tls_->write(out).size;
  const ssize_t put =
      ::send(descriptor_, out.data(), std::min(out.size(), kChunk), MSG_DONTWAIT | MSG_NOSIGNAL);
  return put > 0 ? static_cast<std::size_t>(put) : 0;
}

}  // namespace kvstore::client
