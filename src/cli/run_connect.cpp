// kvstore connect [OPTIONS] [[HOST:]PORT|unix:PATH] [COMMAND...]
#include <unistd.h>

#include <memory>
#include <utility>

#include <fmt/core.h>

#include "repl/remote_backend.h"
#include "repl/report.h"
#include "src/cli/front.h"
#include "src/cli/options.h"
#include "src/cli/password.h"
#include "src/cli/subcommands.h"

namespace kvstore::cli {
namespace {

using Connected = std::unique_ptr<repl::RemoteBackend>;

// Whoever sits there is asked for what the server wants to hear.
Status ask_if_needed(repl::RemoteBackend& backend, client::Credentials credentials) {
  if (credentials.password || ::isatty(STDERR_FILENO) != 1 || !backend.needs_password()) return {};
  const std::string& user = credentials.user.empty() ? "default" : credentials.user;
  credentials.password = ask_password(fmt::format("Password of {} at {}: ", user, backend.name()));
  if (!credentials.password) return {};
  return backend.log_in(std::move(credentials));
}

Result<Connected> connect(const ConnectOptions& options) {
  client::Credentials credentials = options.credentials;
  KV_ASSIGN(credentials.password, find_password(options.password_file));
  KV_ASSIGN(Connected backend, repl::RemoteBackend::connect(options.address, credentials));
  KV_TRY(ask_if_needed(*backend, std::move(credentials)));
  return backend;
}

}  // namespace

ExitCode run_connect(const std::vector<std::string>& words) {
  auto parsed = parse_connect_options(words);
  if (const auto* code = std::get_if<ExitCode>(&parsed)) return *code;
  const auto& options = std::get<ConnectOptions>(parsed);
  auto front = Front::prepare(options.front);
  if (const auto* code = std::get_if<ExitCode>(&front)) return *code;
  auto backend = connect(options);
  if (!backend) {
    repl::say_error("kvstore", backend.error(),
                    repl::use_color(options.front.color, STDERR_FILENO));
    return exit_code_of_open(backend.error().code);
  }
  return std::get<Front>(front).run(**backend);
}

}  // namespace kvstore::cli
