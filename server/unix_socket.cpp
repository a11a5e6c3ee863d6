#include "server/unix_socket.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include <fmt/core.h>

namespace kvstore::server {
namespace {

constexpr int kUnixBacklog = 1024;

Result<sockaddr_un> address_of(const std::string& path) {
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  if (path.empty() || path.size() >= sizeof address.sun_path) {
    return fail(Code::kUsage,
                fmt::format("cannot listen on {}: a socket's path has 1 to {} bytes", path,
                            sizeof address.sun_path - 1),
                "--unix-socket /run/kvstore.sock");
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

file::Descriptor new_socket() {
  return file::Descriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

int connect_to(const sockaddr_un& address) {
  const file::Descriptor probe = new_socket();
  const auto* const to = reinterpret_cast<const sockaddr*>(&address);
  return ::connect(probe.get(), to, sizeof address) == 0 ? 0 : errno;
}

tl::unexpected<Error> is_taken(const std::string& path, const char* by) {
  return fail(Code::kNetwork, fmt::format("cannot listen on {}: {}", path, by),
              "another --unix-socket");
}

// Removes only a socket that refuses connections, so no process listens on it.
Status remove_stale(const std::string& path, const sockaddr_un& address) {
  struct stat there {};
  if (::lstat(path.c_str(), &there) != 0) return {};
  if (!S_ISSOCK(there.st_mode))
    return is_taken(path, "something that is not a socket has this name");
  const int error = connect_to(address);
  if (error == ECONNREFUSED) {
    ::unlink(path.c_str());
    return {};
  }
  return is_taken(path, "another server listens there");
}

tl::unexpected<Error> cannot_listen(int error_number, const std::string& path) {
  Error error = fail_errno(error_number, "listen on", path).value();
  const bool is_plain = error.code == Code::kPermission || error.code == Code::kLimit;
  if (!is_plain) error.code = Code::kNetwork;
  return fail(std::move(error));
}

}  // namespace

// Between bind() and listen() no client can connect, so the mode is set in time.
Result<file::Descriptor> listen_on_path(const std::string& path, unsigned mode) {
  KV_ASSIGN(const sockaddr_un address, address_of(path));
  KV_TRY(remove_stale(path, address));
  file::Descriptor socket = new_socket();
  if (!socket) return cannot_listen(errno, path);
  const auto* const own = reinterpret_cast<const sockaddr*>(&address);
  if (::bind(socket.get(), own, sizeof address) != 0) return cannot_listen(errno, path);
  if (::chmod(path.c_str(), mode) != 0 || ::listen(socket.get(), kUnixBacklog) != 0) {
    const int error = errno;
    ::unlink(path.c_str());
    return cannot_listen(error, path);
  }
  return socket;
}

}  // namespace kvstore::server
