#include "src/command/acl/login.h"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "src/command/acl/command_keys.h"
#include "src/command/quote.h"
#include "src/command/subscriptions.h"

namespace kvstore::command::acl {
namespace {

Failure not_logged_in(const Command& command) {
  if (command.name != "HELLO") {
    return {Code::kNoAuth, "this server needs a password", "AUTH password, or AUTH user password",
            "NOAUTH Authentication required."};
  }
  return {Code::kNoAuth, "this server needs a password", "HELLO 3 AUTH user password",
          "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO "
          "AUTH <user> <pass> option can be used to authenticate the client and select the RESP "
          "protocol version at the same time"};
}

Failure wrong_password() {
  return {Code::kWrongPass, "the user's name or password is wrong, or the user is off",
          "AUTH user password", "WRONGPASS invalid username-password pair or user is disabled."};
}

// Redis' message for a command that was permitted when it was queued.
std::string denied_in_exec(const Denial& denial) {
  using Reason = Denial::Reason;
  return fmt::format(
      "NOPERM ACLs rules changed between the moment the transaction was accumulated and the EXEC "
      "call. This command is no longer allowed for the following reason: {}",
      denial.reason == Reason::kKey       ? "no permission to touch the specified keys"
      : denial.reason == Reason::kChannel ? "no permission to access one of the channels used as "
                                            "arguments to the command"
                                          : "no permission to execute the command or subcommand");
}

Failure denied(const Denial& denial, std::string_view user) {
  const std::string hint = fmt::format("ask an administrator: ACL GETUSER {} shows the rules", quote(user));
  if (denial.reason == Denial::Reason::kKey) {
    return {Code::kNoPerm,
            fmt::format("user {} may not access this key: {}", quote(user), quote(denial.object)),
            hint,
            "NOPERM this user has no permissions to access one of the keys used as arguments"};
  }
  if (denial.reason == Denial::Reason::kChannel) {
    return {Code::kNoPerm,
            fmt::format("user {} may not use this channel: {}", quote(user), quote(denial.object)),
            hint,
            "NOPERM this user has no permissions to access one of the channels used as arguments"};
  }
  return {
      Code::kNoPerm, fmt::format("user {} may not run {}", quote(user), denial.object), hint,
      fmt::format("NOPERM this user has no permissions to run the '{}' command", denial.object)};
}

// Whether access to one of the keys is denied; *denial then describes it.
bool is_key_denied(const KeyPatterns& keys, const Found& found, Args args, Denial* denial) {
  if (keys.allows_all()) return false;
  bool is_denied = false;
  for_each_key(*found.row, args, [&](std::string_view key, Access access) {
    is_denied = !keys.allows(key, access);
    if (is_denied) denial->object = key.substr(0, Denials::kMaxObject);
    if (!is_denied) ++denial->number;
    return !is_denied;
  });
  const auto prefix = prefix_shown(*found.row, args);
  if (prefix && !is_denied && !keys.allows_all_with(*prefix, kReads)) {
    denial->object = std::string(prefix->substr(0, Denials::kMaxObject)) + '*';
    return true;
  }
  return is_denied;
}

bool is_channel_denied(const ChannelPatterns& channels, const Found& found, Args args,
                       Denial* denial) {
  if (channels.allows_all()) return false;
  bool is_denied = false;
  for_each_channel(*found.row, args, [&](std::string_view channel, bool is_pattern) {
    is_denied = !(is_pattern ? channels.allows_pattern(channel) : channels.allows(channel));
    if (is_denied) denial->object = channel.substr(0, Denials::kMaxObject);
    if (!is_denied) ++denial->number;
    return !is_denied;
  });
  return is_denied;
}

std::optional<Denial> find_denial_by(const Permissions& by, const Found& found, Args args) {
  Denial denial;
  if (!by.commands.allows(*found.command, *found.row, args)) {
    denial.object = full_name(*found.command, *found.row);
    return denial;
  }
  denial.reason = Denial::Reason::kKey;
  if (is_key_denied(by.keys, found, args, &denial)) return denial;
  denial.reason = Denial::Reason::kChannel;
  denial.number = 0;
  if (is_channel_denied(by.channels, found, args, &denial)) return denial;
  return std::nullopt;
}

// Whether `a` has got further in the checks of the command than `b`.
bool is_nearer(const Denial& a, const Denial& b) {
  return a.reason > b.reason || (a.reason == b.reason && a.number > b.number);
}

}  // namespace

Login::Login(Users* users, std::string client, std::string peer)
    : users_(users), client_(std::move(client)), peer_(std::move(peer)) {
  log_out();
}

void Login::become(UserAt user) {
  is_unrestricted_ = user != nullptr && user->is_unrestricted();
  user_ = std::move(user);
}

void Login::log_out() {
  if (users_ == nullptr) return;
  version_ = users_->version();
  UserAt user = users_->find("default");
  const bool is_open = user != nullptr && user->is_on && user->needs_no_password;
  become(is_open ? std::move(user) : nullptr);
}

// Looks the user up again after a change. If another user has the name now, the session is not
// logged in as that one.
void Login::look_again() {
  if (users_ == nullptr || version_ == users_->version()) return;
  version_ = users_->version();
  if (user_ == nullptr) return log_out();
  UserAt now = users_->find(user_->name);
  has_lost_user_ = has_lost_user_ || now == nullptr || now->number != user_->number;
  become(has_lost_user_ ? nullptr : std::move(now));
}

bool Login::is_logged_in() {
  look_again();
  return users_ == nullptr || user_ != nullptr;
}

bool Login::has_lost_user() {
  look_again();
  return has_lost_user_;
}

std::string_view Login::user_name() const {
  return user_ == nullptr ? std::string_view("default") : std::string_view(user_->name);
}

std::optional<Denial> Login::find_denial(const User& user, const Found& found, Args args) {
  if (found.command->has(kNoAuth)) return std::nullopt;  // AUTH, HELLO: every user may
  auto denial = find_denial_by(user, found, args);
  // Report the denial of the permissions that came closest to allowing the command.
  for (const Permissions& selector : user.selectors) {
    if (!denial) return std::nullopt;
    auto other = find_denial_by(selector, found, args);
    if (!other || is_nearer(*other, *denial)) denial = std::move(other);
  }
  if (denial) denial->user = user.name;
  return denial;
}

bool Login::may_listen_to(const Subscriptions& subscriptions) {
  look_again();
  if (users_ == nullptr || user_ == nullptr) return users_ == nullptr;
  const auto is_allowed = [this](Listening how, const std::string& name) {
    const auto allows = [&](const Permissions& by) {
      return how == Listening::kPattern ? by.channels.allows_pattern(name)
                                        : by.channels.allows(name);
    };
    return allows(*user_) || std::any_of(user_->selectors.begin(), user_->selectors.end(), allows);
  };
  for (const Listening how : {Listening::kChannel, Listening::kPattern, Listening::kShard}) {
    for (const std::string& name : subscriptions.names(how)) {
      if (!is_allowed(how, name)) return false;
    }
  }
  return true;
}

std::optional<Failure> Login::check_greeting() {
  if (is_logged_in()) return std::nullopt;
  return not_logged_in(*find_command("HELLO"));
}

std::optional<Failure> Login::check(const Found& found, Args args, When when) {
  look_again();
  if (users_ == nullptr || is_unrestricted_ || found.command->has(kNoAuth)) return std::nullopt;
  if (user_ == nullptr) return not_logged_in(*found.command);
  auto denial = find_denial(*user_, found, args);
  if (!denial) return std::nullopt;
  denial->in_multi = when != When::kAtOnce;
  denial->client = client_;
  Failure failure = denied(*denial, user_->name);
  if (when == When::kInExec) failure.redis = denied_in_exec(*denial);
  users_->denials().add(std::move(*denial));
  return failure;
}

Outcome Login::log_in(std::string_view name, std::string_view password) {
  if (users_ == nullptr) {
    if (name == "default") return {};
    return fail(wrong_password());
  }
  const std::uint64_t version = users_->version();
  KV_ASSIGN(UserAt user, users_->log_in(name, password, peer_));
  if (user == nullptr) {
    Denial denial;
    denial.reason = Denial::Reason::kAuth;
    denial.object = "AUTH";
    denial.user = name.substr(0, Denials::kMaxObject);
    denial.client = client_;
    users_->denials().add(std::move(denial));
    return fail(wrong_password());
  }
  version_ = version;
  has_lost_user_ = false;
  become(std::move(user));
  return {};
}

}  // namespace kvstore::command::acl
