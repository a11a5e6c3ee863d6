// The user of a session, and the permission checks.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "src/command/acl/users.h"
#include "src/command/failure.h"
#include "src/command/table.h"

namespace kvstore::command {
class Subscriptions;
}  // namespace kvstore::command

namespace kvstore::command::acl {

// A command found in the table: its row, and the row that is executed.
struct Found {
  const Command* command = nullptr;
  const Command* row = nullptr;  // the same, or one of its subcommands
};

// Thread rule: that of its session.
class Login {
 public:
  // Without users: everything is allowed.
  Login() = default;
  // Begins as the default user, if that needs no password. `users` must outlive this. `client` is
  // the client's name in ACL LOG; failed logins are counted per `peer`.
  Login(Users* users, std::string client, std::string peer);

  // True if no check is needed. Cheap, because it is called for each command.
  bool may_everything() const {
    return users_ == nullptr || (is_unrestricted_ && version_ == users_->version());
  }
  // The reason why `found` may not be executed; nullopt if it may. `args` begins with the command
  // word.
  enum class When : std::uint8_t { kAtOnce, kInMulti, kInExec };
  std::optional<Failure> check(const Found& found, Args args, When when);
  // The same for any user, without a log entry.
  static std::optional<Denial> find_denial(const User& user, const Found& found, Args args);

  // AUTH. kWrongPassword and others; after an error the user is unchanged.
  Outcome log_in(std::string_view name, std::string_view password);
  // RESET: returns to the default user, if that needs no password.
  void log_out();

  Users* users() const { return users_; }
  // Differs after each change of users or their permissions.
  std::uint64_t version() const { return users_ == nullptr ? 0 : users_->version(); }
  bool may_listen_to(const Subscriptions& subscriptions);
  bool is_logged_in();
  // Why HELLO, which is allowed before a login but does not replace one, is refused; nullopt if it
  // is not.
  std::optional<Failure> check_greeting();
  // True if its user was removed: the session must end.
  bool has_lost_user();
  // "default" without users, or before a login.
  std::string_view user_name() const;

 private:
  void look_again();
  void become(UserAt user);

  Users* users_ = nullptr;
  std::string client_;
  std::string peer_;
  UserAt user_;  // nullptr: not logged in
  std::uint64_t version_ = 0;
  bool is_unrestricted_ = false;
  bool has_lost_user_ = false;
};

}  // namespace kvstore::command::acl
