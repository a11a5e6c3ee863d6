// Whom a session speaks for, and what it therefore may.
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

// A command that has been found in the table: the row, and what of it is executed.
struct Found {
  const Command* command = nullptr;
  const Command* row = nullptr;  // the same, or one of its subcommands
};

// Thread rule: its session's.
class Login {
 public:
  // Without users: everything is allowed.
  Login() = default;
  // Begins as the default user, if that needs no password. `users` must outlive it. `client`
  // is what ACL LOG calls it, `peer` whose wrong passwords are counted together.
  Login(Users* users, std::string client, std::string peer);

  // Nothing has to be asked. Cheap: it is asked for each command.
  bool may_everything() const {
    return users_ == nullptr || (is_unrestricted_ && version_ == users_->version());
  }
  // Why `found` may not be executed; nullopt if it may. `args` begins with the command's word.
  enum class When : std::uint8_t { kAtOnce, kInMulti, kInExec };
  std::optional<Failure> check(const Found& found, Args args, When when);
  // The same, of any user; notes nothing.
  static std::optional<Denial> find_denial(const User& user, const Found& found, Args args);

  // AUTH. kWrongPassword and others; then it is who it was.
  Outcome log_in(std::string_view name, std::string_view password);
  // RESET: the default user again, if that needs no password.
  void log_out();

  Users* users() const { return users_; }
  // Another one after each change of who may do what.
  std::uint64_t version() const { return users_ == nullptr ? 0 : users_->version(); }
  bool may_listen_to(const Subscriptions& subscriptions);
  bool is_logged_in();
  // HELLO, which is allowed before a login, but is none: why it is refused then.
  std::optional<Failure> check_greeting();
  // Its user was removed: the session must end.
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
