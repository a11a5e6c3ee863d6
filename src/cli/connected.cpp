#include "src/cli/connected.h"

#include <unistd.h>

#include <fmt/core.h>

#include "src/cli/password.h"

namespace kvstore::cli {
namespace {

bool may_ask(const Place& place) {
  return !place.credentials.password && ::isatty(STDERR_FILENO) == 1;
}

}  // namespace

Result<std::unique_ptr<repl::RemoteBackend>> connect(Place& place) {
  KV_ASSIGN(auto backend, repl::RemoteBackend::connect(place.address, place.credentials));
  if (!may_ask(place) || !backend->needs_password()) return backend;
  const std::string user = place.credentials.user.empty() ? "default" : place.credentials.user;
  place.credentials.password =
      ask_password(fmt::format("Password of {} at {}: ", user, backend->name()));
  if (place.credentials.password) KV_TRY(backend->log_in(place.credentials));
  return backend;
}

Status ask_for_password(Place& place) {
  if (place.credentials.password) return {};
  KV_ASSIGN(const auto backend, connect(place));
  if (place.credentials.password || !backend->needs_password()) return {};
  return fail(Code::kNoAuth, backend->name() + " needs a password",
              "--user NAME, --password-file FILE or $KVSTORE_PASSWORD");
}

}  // namespace kvstore::cli
