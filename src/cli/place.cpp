#include "src/cli/place.h"

#include <cstdlib>

#include <fmt/core.h>
#include <CLI/CLI.hpp>

#include "server/endpoint.h"
#include "src/cli/password.h"

namespace kvstore::cli {
namespace {

constexpr const char* kForms =
    "[HOST:]PORT, kvstore://[USER@]HOST[:PORT], kvstores:// for TLS, or unix:PATH";

tl::unexpected<Error> bad_place(std::string_view word, std::string_view why) {
  return fail(Code::kUsage, fmt::format("'{}' is not a server's address: {}", word, why), kForms);
}

// Removes the scheme if the word begins with it.
bool take_scheme(std::string_view* word, std::string_view scheme) {
  if (!word->starts_with(scheme)) return false;
  word->remove_prefix(scheme.size());
  return true;
}

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// nullopt: two hexadecimal digits are missing after a '%'.
std::optional<std::string> percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const int high = digit_of(text[i + 1]), low = digit_of(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

Status take_user(std::string_view user_info, Place* place) {
  const std::size_t colon = user_info.find(':');
  const auto user = percent_decoded(user_info.substr(0, colon));
  if (!user) return fail(Code::kUsage, "a % in the user's name of a URL is written as %25");
  place->credentials.user = *user;
  if (colon == user_info.npos) return {};
  // Do not show the password itself.
  auto password = percent_decoded(user_info.substr(colon + 1));
  if (!password) return fail(Code::kUsage, "a % in the password of a URL is written as %25");
  place->credentials.password = std::move(*password);
  return {};
}

Status take_endpoint(std::string_view text, std::string_view word, Place* place) {
  if (text.empty()) return bad_place(word, "there is no host");
  const bool has_port = text.ends_with(']') ? false : text.rfind(':') != text.npos;
  const bool is_number = text.find_first_not_of("0123456789") == text.npos;
  const std::string whole =
      has_port || is_number ? std::string(text) : fmt::format("{}:{}", text, server::kDefaultPort);
  auto endpoint = server::parse_endpoint(whole);
  if (!endpoint) {
    const std::string& message = endpoint.error().message;
    return bad_place(word, message.substr(std::min(message.find(": ") + 2, message.size())));
  }
  place->address.host = std::move(endpoint->address);
  place->address.port = endpoint->port;
  return {};
}

// Parses the part after kvstore://. A URL must have a host, not only a port.
Result<Place> parse_url(std::string_view rest, bool uses_tls) {
  Place place;
  if (uses_tls) place.address.tls.emplace();
  if (rest.ends_with('/')) rest.remove_suffix(1);
  const std::size_t at = rest.rfind('@');
  const std::string_view host = at == rest.npos ? rest : rest.substr(at + 1);
  if (at != rest.npos) KV_TRY(take_user(rest.substr(0, at), &place));
  // Without the password, which an error must not show.
  const std::string shown = fmt::format("kvstore{}://{}", uses_tls ? "s" : "", host);
  if (host.find_first_of("/?#") != host.npos) return bad_place(shown, "a host, and a port, end it");
  KV_TRY(take_endpoint(host, shown, &place));
  return place;
}

Result<Place> parse_path(std::string_view path, std::string_view word) {
  while (path.starts_with("//")) path.remove_prefix(1);
  if (path.empty()) return bad_place(word, "there is no path");
  Place place;
  place.address.path = path;
  return place;
}

// No command has a slash before its first blank.
bool is_path(std::string_view word) {
  const bool is_marked = word.starts_with('/') || word.starts_with("./");
  const bool is_url = word.find("://") != word.npos;
  return is_marked ||
         (!is_url && word.find('/') != word.npos && word.find_first_of(" \t\n") == word.npos);
}

}  // namespace

Result<Place> parse_place(std::string_view word) {
  std::string_view rest = word;
  if (take_scheme(&rest, "kvstore://")) return parse_url(rest, false);
  if (take_scheme(&rest, "kvstores://")) return parse_url(rest, true);
  if (take_scheme(&rest, "unix:")) return parse_path(rest, word);
  if (is_path(word)) return parse_path(word, word);
  if (word.find("://") != word.npos)
    return bad_place(word.substr(0, word.find("://")), "unknown scheme");
  // A name alone might be a command or a file.
  if (!server::looks_like_endpoint(word)) return bad_place(word, "there is no port");
  Place place;
  KV_TRY(take_endpoint(word, word, &place));
  return place;
}

bool looks_like_place(std::string_view word, bool paths) {
  for (const std::string_view scheme : {"kvstore://", "kvstores://", "unix:"}) {
    if (word.starts_with(scheme)) return true;
  }
  return (paths && is_path(word)) || server::looks_like_endpoint(word);
}

void ConnectionOptions::add_to(CLI::App& app) {
  app.add_option("--user", user_, "Log in as this user, not as default")->type_name("NAME");
  app.add_option(
         "--password-file", password_file_,
         "The password is this file's first line; else $KVSTORE_PASSWORD, or it is asked for")
      ->type_name("FILE");
  app.add_flag("--tls", uses_tls_, "Speak TLS");
  app.add_option("--tls-ca", tls_.ca,
                 "Who signs the server's certificate (PEM); else the CAs that the system trusts")
      ->type_name("FILE");
  app.add_option("--tls-cert", tls_.certificate,
                 "Our certificate, where the server wants one (PEM)")
      ->type_name("FILE");
  app.add_option("--tls-key", tls_.key, "Our certificate's key (PEM)")->type_name("FILE");
  app.add_flag_callback(
      "--tls-insecure", [this] { tls_.checks_server = false; },
      "Take any certificate: whoever is in between can read and change everything");
}

bool ConnectionOptions::any_given() const {
  const bool has_tls =
      uses_tls_ || !tls_.checks_server || !(tls_.ca + tls_.certificate + tls_.key).empty();
  return has_tls || !user_.empty() || !password_file_.empty();
}

Result<Place> ConnectionOptions::place(const std::string& word) const {
  const char* const url = std::getenv("KVSTORE_URL");
  const bool from_environment = word.empty() && url != nullptr && *url != '\0';
  Place place;
  place.address.port = server::kDefaultPort;
  if (from_environment) {
    auto there = parse_place(url);
    if (!there) {
      return fail(Code::kUsage, "$KVSTORE_URL: " + there.error().message, there.error().hint);
    }
    place = std::move(*there);
  } else if (!word.empty()) {
    KV_ASSIGN(place, parse_place(word));
    if (place.credentials.password) {
      return fail(Code::kUsage, "a password on a command line can be read by others",
                  "$KVSTORE_URL, $KVSTORE_PASSWORD or --password-file FILE");
    }
  }
  if (!user_.empty()) place.credentials.user = user_;
  if (!place.credentials.password || !password_file_.empty()) {
    KV_ASSIGN(place.credentials.password, find_password(password_file_));
  }
  const bool has_files = !(tls_.ca + tls_.certificate + tls_.key).empty();
  const bool is_tls = uses_tls_ || place.address.tls.has_value();
  if (!is_tls && has_files) {
    return fail(Code::kUsage, "--tls-ca, --tls-cert and --tls-key need --tls",
                "with --tls, or kvstores://HOST:PORT");
  }
  if (is_tls) place.address.tls = tls_;
  return place;
}

}  // namespace kvstore::cli
