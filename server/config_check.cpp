#include "server/config_check.h"

#include <array>

#include <fmt/core.h>

#include "server/server.h"

namespace kvstore::server {
namespace {

constexpr unsigned kStandardMode = 0600;

struct Need {
  bool is_unmet;
  const char *option, *needs, *hint;
};

}  // namespace

Status check_config(const Config& config) {
  const bool has_tls = !config.tls.certificate.empty() && !config.tls.key.empty();
  const bool asks_clients = config.tls.clients != tls::ClientCertificates::kNone;
  constexpr const char* kIdentity = "--tls-cert and --tls-key";
  constexpr const char* kIdentityHint = "--tls-cert FILE --tls-key FILE";
  const std::array<Need, 4> needs{{
      {asks_clients && !has_tls, "--tls-clients", kIdentity, kIdentityHint},
      {!config.tls.ca.empty() && !has_tls, "--tls-ca", kIdentity, kIdentityHint},
      {!config.http_names.empty() && !config.http_listen, "--http-name", "--http",
       "--http 8080, with it"},
      {config.unix_socket_mode != kStandardMode && config.unix_socket.empty(), "--unix-socket-mode",
       "--unix-socket", "--unix-socket PATH, with it"},
  }};
  for (const Need& need : needs) {
    if (!need.is_unmet) continue;
    return fail(Code::kUsage, fmt::format("{} does nothing without {}", need.option, need.needs),
                need.hint);
  }
  return {};
}

}  // namespace kvstore::server
