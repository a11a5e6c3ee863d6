#include "src/file/owner_ports.h"

#include <algorithm>
#include <optional>
#include <string_view>

namespace kvstore::file {
namespace {

constexpr std::string_view kStandardPort = "7878";  // of --listen without a value

// The value of `--name VALUE` or `--name=VALUE`, empty if it has none; nullopt if it is not given.
std::optional<std::string> find_option(const std::vector<std::string>& arguments,
                                       const std::string& name) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i].starts_with(name + '=')) return arguments[i].substr(name.size() + 1);
    if (arguments[i] == name) return i + 1 < arguments.size() ? arguments[i + 1] : "";
  }
  return std::nullopt;
}

std::string port_of(std::string_view endpoint) {
  const std::size_t colon = endpoint.rfind(':');
  const std::string_view port = colon == endpoint.npos ? endpoint : endpoint.substr(colon + 1);
  const bool is_number = !port.empty() && port.find_first_not_of("0123456789") == port.npos;
  return is_number ? std::string(port) : std::string(kStandardPort);
}

// A server that listens everywhere is reached on the loopback address.
std::string reachable(const std::string& address) {
  if (address.starts_with("0.0.0.0:")) return "127.0.0.1" + address.substr(7);
  if (address.starts_with("[::]:")) return "[::1]" + address.substr(4);
  return address;
}

// Takes the address that the option names out of `left`. Port 0 is whatever was free: it is the
// only one, or not known.
std::string take(const std::optional<std::string>& endpoint, std::vector<std::string>* left) {
  if (!endpoint) return {};
  const std::string port = port_of(*endpoint);
  const auto found = std::find_if(left->begin(), left->end(), [&](const std::string& address) {
    return port == "0" ? left->size() == 1 : port_of(address) == port;
  });
  if (found == left->end()) return {};
  const std::string address = reachable(*found);
  left->erase(found);
  return address;
}

}  // namespace

OwnerPorts find_owner_ports(const std::vector<std::string>& arguments,
                            const std::vector<std::string>& listening) {
  OwnerPorts ports;
  std::vector<std::string> left = listening;
  const bool has_tls = find_option(arguments, "--tls-cert").has_value();
  const auto tls_listen = find_option(arguments, "--tls-listen");
  take(find_option(arguments, "--metrics"), &left);
  ports.http = take(find_option(arguments, "--http"), &left);
  if (!ports.http.empty()) ports.http = (has_tls ? "https://" : "http://") + ports.http;
  ports.tls = take(tls_listen, &left);
  const std::string main = take(find_option(arguments, "--listen"), &left);
  (has_tls && !tls_listen ? ports.tls : ports.text) = main;
  ports.is_known = left.empty();
  return ports;
}

}  // namespace kvstore::file
