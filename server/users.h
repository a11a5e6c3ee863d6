// The users of a server in memory, and the file that they are loaded from and saved to.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/argon2.h"
#include "server/login_throttle.h"
#include "src/base/mutex.h"
#include "src/base/small_file.h"
#include "src/command/acl/users.h"

namespace kvstore::server {

// Thread rule: any thread.
class UserList final : public command::acl::Users {
 public:
  using UserAt = command::acl::UserAt;

  // Initially there is only user default, without a password and with all permissions.
  UserList();

  // Sets the password of user default, in plain text or as an argon2id hash. Call it before load().
  Status set_default_password(std::string_view password);
  // Whether that was called: then the file has the permissions of default, but not its password.
  bool has_default_password() const { return has_password_; }
  bool is_hash(std::string_view text) const { return argon2_.is_hash(text); }
  // Sets the file for load() and save().
  void set_file(std::string path) { file_ = std::move(path); }
  bool has_file() const { return !file_.empty(); }
  // `call` is called after each change, on the thread that made it: sessions must check again.
  void on_change(std::function<void()> call) { on_change_ = std::move(call); }
  // `call` gets messages for the server's log about a file that was loaded.
  void on_doubt(std::function<void(const std::string&)> call) { on_doubt_ = std::move(call); }
  // Whether some commands are permitted without a password.
  bool is_open() const;
  // Ends all waits of logins with an error.
  void stop();

  UserAt find(std::string_view name) const override;
  std::vector<UserAt> all() const override;
  Result<UserAt> log_in(std::string_view name, std::string_view password,
                        std::string_view peer) override;
  Status change(std::string_view name, std::span<const std::string_view> rules) override;
  std::size_t remove(std::span<const std::string_view> names) override;
  Status save() override;
  // An invalid file changes nothing. Users that exist before and after keep their sessions. kUsage:
  // the file has a password for user default, which was also given elsewhere.
  Status load() override { return load(FileKind::kRegular); }
  // Loads the file when the server starts: it may be a pipe.
  Status load_first() { return load(FileKind::kAny); }

 private:
  using Map = std::map<std::string, UserAt, std::less<>>;

  const std::string& decoy();
  Result<bool> is_right(const command::acl::User* user, std::string_view password);
  bool was_right(const command::acl::User* user, std::string_view password) const;
  void forget(const command::acl::User& user) KV_REQUIRES(mutex_);
  Result<bool> fits(const std::string& hash, std::string_view password);
  bool was_proven(const std::string& hash, const std::string& mac) const;
  void put(command::acl::User user) KV_REQUIRES(mutex_);
  void tell();
  Status load(FileKind kind);
  Status complete_default(std::vector<command::acl::User>& users) const;

  Argon2 argon2_;
  LoginThrottle throttle_;
  std::string file_;                 // constant once the server runs
  bool has_password_ = false;        // default's password was given elsewhere; likewise constant
  std::function<void()> on_change_;  // likewise constant
  std::function<void(const std::string&)> on_doubt_;  // likewise constant
  const std::string mac_key_;        // random for each process

  mutable Mutex change_mutex_;  // held while a change is prepared, which may take long
  mutable Mutex mutex_;
  Map users_ KV_GUARDED_BY(mutex_);
  std::uint64_t last_number_ KV_GUARDED_BY(mutex_) = 0;
  // For each hash that was matched, a keyed hash of the matching password, so that the next login
  // with it is fast. Never stored elsewhere.
  std::map<std::string, std::string, std::less<>> proven_ KV_GUARDED_BY(mutex_);
};

}  // namespace kvstore::server
