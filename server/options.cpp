#include "server/options.h"

#include <charconv>
#include <string>
#include <string_view>

#include <CLI/CLI.hpp>

#include "src/command/key_events.h"
#include "src/options/option_checks.h"

namespace kvstore::server {
namespace {

// Options are in seconds, the configuration is in milliseconds.
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

CLI::Validator endpoint_check() {
  return {[](const std::string& word) {
            const auto endpoint = parse_endpoint(word);
            return endpoint ? std::string() : endpoint.error().message;
          },
          ""};
}

tls::ClientCertificates parse_clients(std::string_view word) {
  if (word == "require") return tls::ClientCertificates::kRequired;
  return word == "optional" ? tls::ClientCertificates::kOptional : tls::ClientCertificates::kNone;
}

unsigned parse_mode(std::string_view word) {
  unsigned mode = 0;
  std::from_chars(word.data(), word.data() + word.size(), mode, 8);
  return mode;
}

CLI::Validator mode_check() {
  return {[](const std::string& word) {
            const bool is_octal = !word.empty() && word.size() <= 4 &&
                                  word.find_first_not_of("01234567") == word.npos;
            return is_octal && parse_mode(word) <= 0777 ? std::string()
                                                        : "takes a mode such as 0660";
          },
          ""};
}

CLI::Validator event_classes_check() {
  return {[](const std::string& word) {
            return command::parse_event_classes(word) ? std::string()
                                                      : "takes letters of Ag$lshzxeKEtmdn, as KEA";
          },
          ""};
}

}  // namespace

void add_options(CLI::App& app, Config& config) {
  app.add_flag("--unsafe-listen", config.unsafe_listen,
               "Allow an address outside loopback without a password or TLS")
      ->group("Server");
  app.add_option_function<std::string>(
         "--tls-listen",
         [&config](const std::string& word) { config.tls_listen = *parse_endpoint(word); },
         "Serve FILE by TLS there, too; without, --listen is for TLS")
      ->type_name("[ADDR:]PORT")
      ->check(endpoint_check())
      ->group("Server");
  app.add_option("--tls-cert", config.tls.certificate,
                 "The server's certificate, with its chain (PEM)")
      ->type_name("FILE")
      ->group("Server");
  app.add_option("--tls-key", config.tls.key, "The certificate's key (PEM)")
      ->type_name("FILE")
      ->group("Server");
  app.add_option("--tls-ca", config.tls.ca, "Who signs the certificates of clients (PEM)")
      ->type_name("FILE")
      ->group("Server");
  app.add_option_function<std::string>(
         "--tls-clients",
         [&config](const std::string& word) { config.tls.clients = parse_clients(word); },
         "Certificates of clients: none, optional, require")
      ->type_name("WHICH")
      ->check(option_checks::one_of({"none", "optional", "require"}, "require"))
      ->default_str("none")
      ->group("Server");
  app.add_option_function<std::string>(
         "--http",
         [&config](const std::string& word) { config.http_listen = *parse_endpoint(word); },
         "Serve FILE by HTTP there, too, with a console for browsers; by HTTPS with --tls-cert")
      ->type_name("[ADDR:]PORT")
      ->check(endpoint_check())
      ->group("Server");
  app.add_option("--http-name", config.http_names,
                 "A name that browsers may call the HTTP port by, where no password is needed")
      ->type_name("NAME")
      ->allow_extra_args(false)
      ->group("Server");
  app.add_option_function<std::string>(
         "--metrics",
         [&config](const std::string& word) { config.metrics = *parse_endpoint(word); },
         "Answer GET /metrics there, to Prometheus; beyond loopback by TLS")
      ->type_name("[ADDR:]PORT")
      ->check(endpoint_check())
      ->group("Server");
  app.add_option("--unix-socket", config.unix_socket, "Serve FILE at a path, to this machine alone")
      ->type_name("PATH")
      ->group("Server");
  app.add_option_function<std::string>(
         "--unix-socket-mode",
         [&config](const std::string& word) { config.unix_socket_mode = parse_mode(word); },
         "Who may connect there, as chmod has it")
      ->type_name("MODE")
      ->check(mode_check())
      ->default_str("0600")
      ->group("Server");
  app.add_option("--password-file", config.password_file,
                 "The password of the user default is this file's first line")
      ->type_name("FILE")
      ->group("Server");
  app.add_option("--password-hash", config.password_hash,
                 "The same as an argon2id hash, which is what CONFIG REWRITE writes")
      ->type_name("HASH")
      ->group("Server");
  app.add_option("--acl-file", config.acl_file, "Users and their rules, as ACL SAVE writes them")
      ->type_name("FILE")
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
  add_seconds(app, "--login-timeout", config.login_timeout_ms,
              "Close a connection that does not log in where it has to; 0: never");
  add_seconds(app, "--request-timeout", config.request_timeout_ms,
              "Close a connection whose request does not arrive; 0: never");
  add_seconds(app, "--write-timeout", config.write_timeout_ms,
              "Close a connection that does not read its replies; 0: never");
  app.add_option("--log-level", config.log_level,
                 "What is logged, that and worse: trace, debug, info, warn, error, off")
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
  app.add_option("--slowlog-log-slower-than", config.slowlog_slower_than_us,
                 "Keep commands that take this many microseconds for SLOWLOG; -1: none; as "
                 "--slow-command if not given")
      ->type_name("US")
      ->check(option_checks::number(-1, 9e15, "10000"))
      ->group("Server");
  app.add_option("--notify-keyspace-events", config.notify_keyspace_events,
                 "Publish what happens to keys, as Redis: KEA is all, of both kinds of channel")
      ->type_name("CLASSES")
      ->check(event_classes_check())
      ->group("Server");
  app.add_option("--slowlog-max-len", config.slowlog_max_len, "How many SLOWLOG keeps")
      ->type_name("N")
      ->check(option_checks::number(0, 1e4, "128"))
      ->capture_default_str()
      ->group("Server");
}

}  // namespace kvstore::server
