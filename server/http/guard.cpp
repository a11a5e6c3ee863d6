#include "server/http/guard.h"

#include <arpa/inet.h>

#include <algorithm>

#include <fmt/format.h>

#include "src/command/quote.h"
#include "src/command/words.h"

namespace kvstore::server::http {
namespace {

using command::same_word;
using kvstore::wire::http::Head;
using kvstore::wire::http::Problem;
using kvstore::wire::http::Target;

bool ends_with_word(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && same_word(text.substr(text.size() - end.size()), end);
}

bool is_digits(std::string_view text) { return text.find_first_not_of("0123456789") == text.npos; }

// The host without port and brackets; empty: it is invalid.
std::string name_of(std::string_view host) {
  if (host.starts_with('[')) {
    const std::size_t end = host.find(']');
    if (end == host.npos) return {};
    const std::string_view rest = host.substr(end + 1);
    const bool has_port = rest.starts_with(':') && is_digits(rest.substr(1));
    return rest.empty() || has_port ? std::string(host.substr(1, end - 1)) : std::string();
  }
  const std::size_t colon = std::min(host.find(':'), host.size());
  const bool is_whole = colon == host.size() || is_digits(host.substr(colon + 1));
  return is_whole ? std::string(host.substr(0, colon)) : std::string();
}

bool is_address(const std::string& name) {
  unsigned char bytes[sizeof(in6_addr)];
  return ::inet_pton(AF_INET, name.c_str(), bytes) == 1 ||
         ::inet_pton(AF_INET6, name.c_str(), bytes) == 1;
}

// Whether the origin is the host: "http://host:8080" is the origin of "host:8080".
bool is_of(std::string_view origin, std::string_view host) {
  const std::size_t scheme = origin.find("://");
  return scheme != origin.npos && same_word(origin.substr(scheme + 3), host);
}

Problem foreign(std::string_view what) {
  return {
      403, "NOPERM",
      fmt::format("a page of another origin ({}) may not ask this server", command::quote(what)),
      "ask from a page of this server, or from a program that is not a browser"};
}

// A link or an image on a foreign page may refer here, because it reveals nothing to that page.
bool is_foreign_fetch(const Head& head) {
  const auto site = head.field("Sec-Fetch-Site");
  if (!site || same_word(*site, "same-origin") || same_word(*site, "none")) return false;
  const bool only_reads = head.method == "GET" || head.method == "HEAD";
  return !only_reads || !same_word(head.field("Sec-Fetch-Mode").value_or(""), "navigate");
}

}  // namespace

bool is_own_host(std::string_view host, const std::vector<std::string>& names) {
  const std::string name = name_of(host);
  if (name.empty() || name.find('\0') != std::string::npos) return false;
  return is_address(name) || same_word(name, "localhost") || ends_with_word(name, ".localhost") ||
         std::any_of(names.begin(), names.end(),
                     [&](const std::string& one) { return same_word(one, name); });
}

std::optional<Problem> find_intruder(const Head& head, const Target& target,
                                     const GuardRules& rules) {
  const std::string_view host =
      target.authority.empty() ? head.field("Host").value_or("") : target.authority;
  const bool has_host = !host.empty() || !head.is_http_1_0();
  if (rules.is_open && has_host && !is_own_host(host, rules.names)) {
    return Problem{421, "NOPERM", fmt::format("this server is not called {}", command::quote(host)),
                   "ask http://localhost, or start it with --http-name and that name"};
  }
  const auto origin = head.field("Origin");
  if (origin && !is_of(*origin, host)) return foreign(*origin);
  if (is_foreign_fetch(head)) return foreign(*head.field("Sec-Fetch-Site"));
  return std::nullopt;
}

}  // namespace kvstore::server::http
