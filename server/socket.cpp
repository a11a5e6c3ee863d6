#include "server/socket.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <memory>

#include <fmt/core.h>

namespace kvstore::server {
namespace {

constexpr int kBacklog = 1024;  // connections queued by the kernel while accept() is busy

using Addresses = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

Result<Addresses> resolve(const Endpoint& endpoint, std::string_view option) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(endpoint.address.c_str(), std::to_string(endpoint.port).c_str(),
                                  &wanted, &found);
  if (error != 0) {
    return fail(Code::kNetwork,
                fmt::format("cannot listen on {}: {}", endpoint.to_string(), ::gai_strerror(error)),
                fmt::format("{} 7878 listens on 127.0.0.1", option));
  }
  return Addresses(found, &::freeaddrinfo);
}

bool is_loopback(const sockaddr* address) {
  if (address->sa_family == AF_INET) {
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(address);
    return (ntohl(v4->sin_addr.s_addr) >> 24) == 127;
  }
  const auto* v6 = reinterpret_cast<const sockaddr_in6*>(address);
  return IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
}

tl::unexpected<Error> not_loopback(const Endpoint& endpoint, std::string_view option) {
  return fail(Code::kUsage,
              fmt::format("{} is outside loopback, where anybody who reaches the port could read "
                          "and change the data",
                          endpoint.to_string()),
              fmt::format("{} 127.0.0.1:PORT, a password (--password-file), TLS (--tls-cert), or "
                          "--unsafe-listen if the network is trusted",
                          option));
}

tl::unexpected<Error> listen_failed(int error_number, const Endpoint& endpoint,
                                    std::string_view option) {
  if (error_number == EADDRINUSE) {
    return fail(Code::kNetwork,
                fmt::format("cannot listen on {}: the port is in use", endpoint.to_string()),
                fmt::format("another port: {} {}, or 0 for any free one", option,
                            endpoint.port < 65535 ? endpoint.port + 1 : 7879));
  }
  Error error = fail_errno(error_number, "listen on", endpoint.to_string()).value();
  const bool is_plain = error.code == Code::kPermission || error.code == Code::kLimit;
  if (!is_plain) error.code = Code::kNetwork;
  return fail(std::move(error));
}

Result<Endpoint> bound_endpoint(int socket, const Endpoint& wanted, std::string_view option) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    return listen_failed(errno, wanted, option);
  }
  char text[INET6_ADDRSTRLEN] = {};
  Endpoint endpoint;
  if (address.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
    ::inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof text);
    endpoint.port = ntohs(v6.sin6_port);
  } else {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    ::inet_ntop(AF_INET, &v4.sin_addr, text, sizeof text);
    endpoint.port = ntohs(v4.sin_port);
  }
  endpoint.address = text;
  return endpoint;
}

void set_option(int socket, int level, int name, int value) {
  ::setsockopt(socket, level, name, &value, sizeof value);
}

}  // namespace

bool is_loopback(const Endpoint& endpoint) {
  return endpoint.address.starts_with("127.") || endpoint.address == "::1";
}

Result<Listening> listen_on(const Endpoint& wanted, bool unsafe, std::string_view option) {
  KV_ASSIGN(const Addresses addresses, resolve(wanted, option));
  // Use the first address of a name: "localhost" means one server, not two.
  const addrinfo* address = addresses.get();
  if (!unsafe && !is_loopback(address->ai_addr)) return not_loopback(wanted, option);

  file::Descriptor socket(
      ::socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) return listen_failed(errno, wanted, option);
  // A restarting server must not wait until its old connections have timed out.
  set_option(socket.get(), SOL_SOCKET, SO_REUSEADDR, 1);
  if (::bind(socket.get(), address->ai_addr, address->ai_addrlen) != 0 ||
      ::listen(socket.get(), kBacklog) != 0) {
    return listen_failed(errno, wanted, option);
  }
  KV_ASSIGN(const Endpoint endpoint, bound_endpoint(socket.get(), wanted, option));
  return Listening{std::move(socket), endpoint};
}

void set_connection_options(int socket) {
  set_option(socket, IPPROTO_TCP, TCP_NODELAY, 1);
  set_option(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
  // Otherwise a peer that has closed its end and vanished is noticed only by a write.
  set_option(socket, IPPROTO_TCP, TCP_KEEPIDLE, 60);
  set_option(socket, IPPROTO_TCP, TCP_KEEPINTVL, 15);
  set_option(socket, IPPROTO_TCP, TCP_KEEPCNT, 4);
}

bool peer_has_finished(int socket) {
  pollfd entry{socket, POLLRDHUP, 0};
  return ::poll(&entry, 1, 0) > 0;  // also for errors: the peer has gone
}

}  // namespace kvstore::server
