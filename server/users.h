// The users of a server: in memory, with the file that they are loaded from and saved to.
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

  // At first there is one user, default, who needs no password and may do everything.
  UserList();

  // The password of the user default, in plain or as an argon2id hash. Before load().
  Status set_default_password(std::string_view password);
  // Whether that was given: then it is not in the file, which has what default may do.
  bool has_default_password() const { return has_password_; }
  bool is_hash(std::string_view text) const { return argon2_.is_hash(text); }
  // load() and save() are about this file from now on.
  void set_file(std::string path) { file_ = std::move(path); }
  bool has_file() const { return !file_.empty(); }
  // Called after each change, on the thread that made it: sessions are to look again.
  void on_change(std::function<void()> call) { on_change_ = std::move(call); }
  // Called with what the server's log is to say of a file that was loaded.
  void on_doubt(std::function<void(const std::string&)> call) { on_doubt_ = std::move(call); }
  // Whether whoever reaches the server may do something without a password.
  bool is_open() const;
  // Whoever waits to log in is sent away.
  void stop();

  UserAt find(std::string_view name) const override;
  std::vector<UserAt> all() const override;
  Result<UserAt> log_in(std::string_view name, std::string_view password,
                        std::string_view peer) override;
  Status change(std::string_view name, std::span<const std::string_view> rules) override;
  std::size_t remove(std::span<const std::string_view> names) override;
  Status save() override;
  // Of a file that is wrong nothing is taken. A user that is there before and after keeps its
  // sessions. kUsage: it has a password of the user default, which was given elsewhere, too.
  Status load() override { return load(FileKind::kRegular); }
  // Of a server that starts: the file may be a pipe.
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
  bool has_password_ = false;        // of default, from elsewhere; likewise
  std::function<void()> on_change_;  // likewise
  std::function<void(const std::string&)> on_doubt_;  // likewise
  const std::string mac_key_;        // of this process, and nowhere else

  mutable Mutex change_mutex_;  // held while a change is prepared, which may take long
  mutable Mutex mutex_;
  Map users_ KV_GUARDED_BY(mutex_);
  std::uint64_t last_number_ KV_GUARDED_BY(mutex_) = 0;
  // Of hashes that a password was found to fit: a keyed hash of that password, so that it is
  // recognised at once the next time. Never written anywhere.
  std::map<std::string, std::string, std::less<>> proven_ KV_GUARDED_BY(mutex_);
};

}  // namespace kvstore::server
