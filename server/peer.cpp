#include "server/peer.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>

#include <fmt/core.h>

namespace kvstore::server {
namespace {

struct Watched {
  int socket = -1;
  std::uint64_t looked_ms = 0;
  bool is_gone = false;
};
thread_local Watched watched;

std::uint64_t coarse_ms() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1000 +
         static_cast<std::uint64_t>(now.tv_nsec) / 1'000'000;
}

}  // namespace

std::string peer_name(int socket, std::uint64_t number) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (::getpeername(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0) size = 0;
  char text[INET6_ADDRSTRLEN] = {};
  if (size > 0 && address.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
    ::inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof text);
    return fmt::format("client {} [{}]:{}", number, text, ntohs(v6.sin6_port));
  }
  if (size > 0 && address.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    ::inet_ntop(AF_INET, &v4.sin_addr, text, sizeof text);
    return fmt::format("client {} {}:{}", number, text, ntohs(v4.sin_port));
  }
  return fmt::format("client {}", number);
}

PeerWatch::PeerWatch(int socket) : scope_(&is_gone) {
  watched = {.socket = socket, .looked_ms = coarse_ms()};
}

// A reset, or abort(), closes both ends. Asked every few keys that are listed, however long those
// take, so by a clock that costs next to nothing.
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
