#include "server/listener.h"

#include <sys/stat.h>
#include <unistd.h>

#include <utility>

#include "server/socket.h"
#include "server/unix_socket.h"

namespace kvstore::server {
namespace {

Result<Listener> open_tcp(const Endpoint& wanted, Listener::Kind kind, bool may_be_reached,
                          std::string_view option,
                          Listener::Speaks speaks = Listener::Speaks::kTextOrResp) {
  KV_ASSIGN(Listening listening, listen_on(wanted, may_be_reached, option));
  return Listener{kind, speaks, std::move(listening.socket), listening.endpoint, {}};
}

Result<Listener> open_unix(const Config& config) {
  KV_ASSIGN(auto socket, listen_on_path(config.unix_socket, config.unix_socket_mode));
  return Listener{Listener::Kind::kUnix,
                  Listener::Speaks::kTextOrResp,
                  std::move(socket),
                  {},
                  config.unix_socket};
}

}  // namespace

std::string_view Listener::kind_name() const {
  if (kind == Kind::kUnix) return "unix";
  if (speaks == Speaks::kHttp) return kind == Kind::kTls ? "https" : "http";
  return kind == Kind::kTls ? "tls" : "tcp";
}

std::string Listener::name() const {
  if (kind == Kind::kUnix) return "unix:" + path;
  if (speaks == Speaks::kHttp) {
    return (kind == Kind::kTls ? "https://" : "http://") + endpoint.to_string();
  }
  return endpoint.to_string() + (kind == Kind::kTls ? " (TLS)" : "");
}

// With TLS but without a separate TLS port, the only port uses TLS, so that nothing is sent in
// plain text by mistake.
Result<std::vector<Listener>> open_listeners(const Config& config, bool is_guarded) {
  const bool has_tls = !config.tls.certificate.empty();
  const bool is_tls = has_tls && !config.tls_listen;
  std::vector<Listener> listeners;
  if (config.listens_on_tcp) {
    const auto kind = is_tls ? Listener::Kind::kTls : Listener::Kind::kPlain;
    const bool may_be_reached = config.unsafe_listen || is_guarded || is_tls;
    KV_ASSIGN(Listener one, open_tcp(config.listen, kind, may_be_reached, "--listen"));
    listeners.push_back(std::move(one));
  }
  if (config.tls_listen) {
    KV_ASSIGN(Listener one,
              open_tcp(*config.tls_listen, Listener::Kind::kTls, true, "--tls-listen"));
    listeners.push_back(std::move(one));
  }
  if (!config.unix_socket.empty()) {
    KV_ASSIGN(Listener one, open_unix(config));
    listeners.push_back(std::move(one));
  }
  if (config.http_listen) {
    const auto kind = has_tls ? Listener::Kind::kTls : Listener::Kind::kPlain;
    const bool may_be_reached = config.unsafe_listen || is_guarded || has_tls;
    KV_ASSIGN(Listener one, open_tcp(*config.http_listen, kind, may_be_reached, "--http",
                                     Listener::Speaks::kHttp));
    listeners.push_back(std::move(one));
  }
  if (!listeners.empty()) return listeners;
  return fail(Code::kUsage, "there is nothing to listen on",
              "--listen 7878, --http 8080, or --unix-socket PATH");
}

SocketName::SocketName(std::string path) : path_(std::move(path)) {
  struct stat there {};
  if (::lstat(path_.c_str(), &there) != 0) path_.clear();
  device_ = there.st_dev;
  inode_ = there.st_ino;
}

SocketName::SocketName(SocketName&& other) noexcept { *this = std::move(other); }

SocketName& SocketName::operator=(SocketName&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(device_, other.device_);
  std::swap(inode_, other.inode_);
  return *this;
}

SocketName::~SocketName() {
  struct stat there {};
  if (path_.empty() || ::lstat(path_.c_str(), &there) != 0) return;
  if (there.st_dev == device_ && there.st_ino == inode_) ::unlink(path_.c_str());
}

}  // namespace kvstore::server
