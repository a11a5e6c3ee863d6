#include "server/endpoint.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include <fmt/core.h>

namespace kvstore::server {
namespace {

bool is_digits(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (!is_digits(text) || error != std::errc{} || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return port;
}

tl::unexpected<Error> bad_endpoint(std::string_view text, std::string_view reason) {
  return fail(Code::kUsage, fmt::format("cannot listen on '{}': {}", text, reason),
              "--listen [ADDR:]PORT, for instance --listen 7878 or --listen [::1]:7878");
}

}  // namespace

std::string Endpoint::to_string() const {
  const bool v6 = address.find(':') != std::string::npos;
  return v6 ? fmt::format("[{}]:{}", address, port) : fmt::format("{}:{}", address, port);
}

Result<Endpoint> parse_endpoint(std::string_view text) {
  Endpoint endpoint;
  const std::size_t colon = text.rfind(':');
  const auto port = parse_port(colon == text.npos ? text : text.substr(colon + 1));
  if (!port) return bad_endpoint(text, "a port is a number from 0 to 65535");
  endpoint.port = *port;
  if (colon == text.npos) return endpoint;

  std::string_view address = text.substr(0, colon);
  const bool bracketed = address.size() >= 2 && address.front() == '[' && address.back() == ']';
  if (bracketed) address = address.substr(1, address.size() - 2);
  if (address.empty()) return bad_endpoint(text, "there is no address before the colon");
  if (!bracketed && address.find(':') != address.npos) {
    return bad_endpoint(text, "an IPv6 address stands in brackets");
  }
  endpoint.address = address;
  return endpoint;
}

bool looks_like_endpoint(std::string_view word) {
  const std::size_t colon = word.rfind(':');
  if (colon == word.npos) return is_digits(word);
  return colon > 0 && word.find('/') == word.npos && is_digits(word.substr(colon + 1));
}

}  // namespace kvstore::server
