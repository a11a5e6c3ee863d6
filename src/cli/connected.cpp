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
  if (backend->greeting() || !may_ask(place)) return backend;
  const std::string user = place.credentials.user.empty() ? "default" : place.credentials.user;
  place.credentials.password =
      ask_password(fmt::format("Password of {} at {}: ", user, backend->name()));
  if (place.credentials.password) KV_TRY(backend->log_in(place.credentials));
  return backend;
}

Status check_server(Place& place) {
  KV_ASSIGN(const auto backend, connect(place));
  return backend->greeting();
}

}  // namespace kvstore::cli
