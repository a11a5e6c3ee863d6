#include "server/options.h"

#include <CLI/CLI.hpp>

#include "src/options/option_checks.h"

namespace kvstore::server {
namespace {

// Options take seconds, the configuration milliseconds.
void add_seconds(CLI::App& app, const char* name, std::uint32_t& milliseconds, const char* help) {
  app.add_option_function<double>(
         name,
         [&milliseconds](double seconds) {
           milliseconds = static_cast<std::uint32_t>(seconds * 1000);
         },
         help)
      ->check(option_checks::number(0, 4e6, "60", true))
      ->default_str(CLI::detail::to_string(milliseconds / 1000.0))
      ->type_name("SECONDS")
      ->group("Server");
}

void add_size(CLI::App& app, const char* name, std::size_t& bytes, const char* help) {
  app.add_option(name, bytes, help)
      ->transform(option_checks::size("64M"))
      ->type_name("SIZE")
      ->default_str(std::to_string(bytes >> 20) + "MiB")
      ->group("Server");
}

}  // namespace

void add_options(CLI::App& app, Config& config) {
  app.add_flag("--unsafe-listen", config.unsafe_listen,
               "Allow an address outside loopback, where nothing protects the data")
      ->group("Server");
  app.add_option("--max-connections", config.max_connections, "Clients served at a time")
      ->type_name("N")
      ->check(option_checks::number(1, 1e6, "10000"))
      ->capture_default_str()
      ->group("Server");
  add_size(app, "--max-request", config.max_request, "Largest request, and so value, over TCP");
  add_size(app, "--max-buffered", config.max_buffered,
           "Memory for the requests and replies of all clients together");
  add_seconds(app, "--idle-timeout", config.idle_timeout_ms,
              "Idle timeout: close a connection that sends nothing; 0: never");
  add_seconds(app, "--request-timeout", config.request_timeout_ms,
              "Close a connection whose request does not arrive; 0: never");
  add_seconds(app, "--write-timeout", config.write_timeout_ms,
              "Close a connection that does not read its replies; 0: never");
  app.add_option("--log-level", config.log_level, "trace, debug, info, warn, error or off")
      ->type_name("LEVEL")
      ->check(option_checks::one_of({"trace", "debug", "info", "warn", "error", "off"}, "info"))
      ->capture_default_str()
      ->group("Server");
  app.add_option("--log-file", config.log_file, "Where the command log goes; stderr if not given")
      ->type_name("FILE")
      ->group("Server");
  app.add_option("--slow-command", config.slow_command_ms,
                 "Log commands that take this many milliseconds; 0: none")
      ->type_name("MS")
      ->check(option_checks::number(0, 4e9, "100"))
      ->capture_default_str()
      ->group("Server");
}

}  // namespace kvstore::server
