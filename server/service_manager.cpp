#include "server/service_manager.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>

#include "src/file/descriptor.h"

namespace kvstore::server {

// A name that begins with '@' is an abstract socket, in which a zero byte replaces the '@'.
void tell_service_manager(std::string_view state) {
  const char* const name = std::getenv("NOTIFY_SOCKET");
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  const std::size_t size = name == nullptr ? 0 : std::strlen(name);
  if (size == 0 || size >= sizeof address.sun_path) return;
  std::memcpy(address.sun_path, name, size);
  if (*name == '@') address.sun_path[0] = '\0';
  const file::Descriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const auto* const to = reinterpret_cast<const sockaddr*>(&address);
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + size);
  (void)::sendto(socket.get(), state.data(), state.size(), MSG_NOSIGNAL, to, length);
}

}  // namespace kvstore::server
