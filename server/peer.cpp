#include "server/peer.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>

#include <cstring>

#include <fmt/core.h>

namespace kvstore::server {
namespace {

struct Watched {
  int socket = -1;
  std::uint64_t looked_ms = 0;
  bool is_gone = false;
};
thread_local Watched watched;

// Describes the other end of a Unix socket.
std::string who(int socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return "unix";
  return fmt::format("unix (pid {}, uid {})", peer.pid, peer.uid);
}

std::string address_of(int socket, int (*ask)(int, sockaddr*, socklen_t*)) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (ask(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0) return {};
  char text[INET6_ADDRSTRLEN] = {};
  if (address.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
    ::inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof text);
    return fmt::format("[{}]:{}", text, ntohs(v6.sin6_port));
  }
  if (address.ss_family == AF_UNIX) return who(socket);
  if (address.ss_family != AF_INET) return {};
  const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
  ::inet_ntop(AF_INET, &v4.sin_addr, text, sizeof text);
  return fmt::format("{}:{}", text, ntohs(v4.sin_port));
}

std::uint64_t coarse_ms() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1000 +
         static_cast<std::uint64_t>(now.tv_nsec) / 1'000'000;
}

}  // namespace

std::string peer_address(int socket) { return address_of(socket, &::getpeername); }

std::string own_address(int socket) { return address_of(socket, &::getsockname); }

std::string peer_name(int socket, std::uint64_t number) {
  const std::string address = peer_address(socket);
  return address.empty() ? fmt::format("client {}", number)
                         : fmt::format("client {} {}", number, address);
}

// One client may use any number of addresses in an IPv6 network.
std::string network_of_peer(int socket) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (::getpeername(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0) return "local";
  char text[INET6_ADDRSTRLEN] = {};
  if (address.ss_family == AF_INET6) {
    auto& v6 = reinterpret_cast<sockaddr_in6&>(address);
    if (!IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) std::memset(v6.sin6_addr.s6_addr + 8, 0, 8);
    ::inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof text);
  } else if (address.ss_family == AF_INET) {
    ::inet_ntop(AF_INET, &reinterpret_cast<sockaddr_in&>(address).sin_addr, text, sizeof text);
  }
  return *text == '\0' ? "local" : text;
}

PeerWatch::PeerWatch(int socket) : scope_(&is_gone) {
  watched = {.socket = socket, .looked_ms = coarse_ms()};
}

// A reset, or abort(), closes both directions. Called for every few listed keys, so it uses a clock
// that is almost free.
bool PeerWatch::is_gone() {
  constexpr std::uint64_t kEveryMs = 50;
  if (watched.is_gone) return true;
  const std::uint64_t now = coarse_ms();
  if (now < watched.looked_ms + kEveryMs) return false;
  watched.looked_ms = now;
  pollfd entry{watched.socket, 0, 0};
  watched.is_gone = ::poll(&entry, 1, 0) > 0 && (entry.revents & (POLLHUP | POLLERR)) != 0;
  return watched.is_gone;
}

}  // namespace kvstore::server
