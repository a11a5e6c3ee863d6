// Which requests are refused before their bodies arrive, and who asks.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "server/http/conversation.h"
#include "server/http/guard.h"
#include "server/http/handlers.h"
#include "server/http/parameters.h"
#include "server/http/sinks.h"
#include "src/command/words.h"
#include "src/wire/http/conditions.h"

namespace kvstore::server::http {
namespace {

// A part of a value, or an encoded one, must not be stored as the value (RFC 9110, 14.5 and 8.4).
std::optional<wire::Problem> find_unreadable(const wire::Head& head) {
  if (head.field("Content-Range")) {
    return wire::Problem{400, "SYNTAX", "a part of a value cannot be set",
                         "all of it; or POST /key?append, and SETRANGE through /_/command"};
  }
  const auto coding = head.field("Content-Encoding");
  if (!coding || command::same_word(*coding, "identity")) return std::nullopt;
  wire::Problem problem{415, "UNKNOWN", "a body in a Content-Encoding is not taken",
                        "the bytes themselves, without that field"};
  problem.fields.emplace_back("Accept-Encoding", "identity");
  return problem;
}

std::string hint_of_target(std::string_view target) {
  const bool is_known = target.starts_with('/') || command::starts_with_word(target, "http");
  return is_known && target.find('%') != target.npos
             ? "two hexadecimal digits follow each % in it"
             : "a path that begins with /, or http://HOST before it";
}

}  // namespace

std::optional<wire::Problem> Conversation::find_refusal() {
  const wire::Head& head = parser_.head();
  auto target = wire::parse_target(head.target);
  target_ = target ? std::move(*target) : wire::Target();
  if (!target) {
    return wire::Problem{400, "SYNTAX", "the request's target is not well-formed",
                         hint_of_target(head.target)};
  }
  if (rules_version_ != shared_.users.version()) {
    rules_version_ = shared_.users.version();
    rules_.is_open = shared_.users.is_open();
  }
  if (auto intruder = find_intruder(head, target_, rules_)) return intruder;
  std::string allowed;
  route_ = find_route(head.method, target_.path, &allowed);
  if (route_ == nullptr) {
    if (allowed.empty()) {
      return wire::Problem{404, "UNKNOWN", "there is no such page",
                           "GET /_/openapi.json lists what there is"};
    }
    // OPTIONS only asks for Allow.
    wire::Problem problem{head.method == "OPTIONS" ? 204U : 405U, "UNKNOWN",
                          fmt::format("{} is not supported here", std::string(head.method)),
                          "one of: " + allowed};
    problem.fields.emplace_back("Allow", allowed);
    return problem;
  }
  if (!route_->is_public) {
    if (auto stranger = identify()) return stranger;
  }
  if (!route_->body.empty()) {
    if (auto unreadable = find_unreadable(head)) return unreadable;
  }
  if (auto bad = find_bad_parameter(*route_, target_)) return bad;
  const std::uint64_t most =
      std::min(shared_.config.max_request + kFraming, shared_.config.max_buffered);
  if (head.content_length.value_or(0) > most) {
    return wire::Problem{
        413, "TOOBIG",
        fmt::format("the body has {} bytes, the limit is {}", *head.content_length, most),
        std::string(kInPieces)};
  }
  return std::nullopt;
}

// Each request has its own user: another request of the connection, perhaps forwarded by a proxy,
// proves nothing for it.
std::optional<wire::Problem> Conversation::identify() {
  const std::string_view given = parser_.head().field("Authorization").value_or("");
  const std::uint64_t version = shared_.users.version();
  const bool is_same = given == authorization_ && version == users_version_;
  if (!is_same) {
    session_.login().log_out();
    authorization_.clear();
    users_version_ = version;
  }
  if (!given.empty() && !is_same) {
    const auto credentials = kvstore::wire::http::basic_credentials(given);
    if (!credentials) {
      return wire::Problem{401, "WRONGPASS", "Authorization is not of the form Basic",
                           "curl -u user:password"};
    }
    QuietSink sink;
    // As in a URL: an empty name means user default.
    const std::string_view given_user = credentials->user;
    const std::string_view user = given_user.empty() ? "default" : given_user;
    const std::string_view words[] = {"AUTH", user, credentials->password};
    const auto done = run(words, sink);
    if (done.failure) return wire::problem_in_http(done.failure->error);
    authorization_ = given;
  }
  if (!is_same) user_ = shared_.users.find(session_.login().user_name());
  if (session_.is_logged_in()) return std::nullopt;
  return wire::Problem{401, "NOAUTH", "this server needs a password", "curl -u user:password"};
}

}  // namespace kvstore::server::http
