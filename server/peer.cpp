#include "server/peer.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>

#include <fmt/core.h>

namespace kvstore::server {
namespace {

struct Watched {
  int socket = -1;
  std::uint32_t asked = 0;
  bool is_gone = false;
};
thread_local Watched watched;

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

PeerWatch::PeerWatch(int socket) : scope_(&is_gone) { watched = {.socket = socket}; }

// A reset, or abort(), closes both ends. Asked for every key that is listed, so seldom
// looked at.
bool PeerWatch::is_gone() {
  constexpr std::uint32_t kEvery = 4096;
  if (watched.is_gone || ++watched.asked % kEvery != 0) return watched.is_gone;
  pollfd entry{watched.socket, 0, 0};
  watched.is_gone = ::poll(&entry, 1, 0) > 0 && (entry.revents & (POLLHUP | POLLERR)) != 0;
  return watched.is_gone;
}

}  // namespace kvstore::server
