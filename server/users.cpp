#include "server/users.h"

#include <sodium.h>

#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "server/acl_file.h"
#include "src/base/check.h"

namespace kvstore::server {
namespace {

using command::acl::User;
using command::acl::UserAt;

constexpr std::string_view kDefault = "default";

std::string random_key() {
  KV_CHECK(sodium_init() >= 0);
  std::string key(crypto_generichash_KEYBYTES, '\0');
  randombytes_buf(key.data(), key.size());
  return key;
}

std::string keyed_hash(std::string_view bytes, const std::string& key) {
  std::string mac(crypto_generichash_BYTES, '\0');
  crypto_generichash(reinterpret_cast<unsigned char*>(mac.data()), mac.size(),
                     reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
                     reinterpret_cast<const unsigned char*>(key.data()), key.size());
  return mac;
}

tl::unexpected<Error> no_file() {
  return fail(Code::kState,
              "This server is not configured to use an ACL file: users are lost when it ends",
              "kvstore data.bin --listen 7878 --acl-file users.acl");
}

// The permissions of user default are saved; its password stays at its source.
User without_password(User user) {
  user.hashes.clear();
  user.needs_no_password = false;
  return user;
}

bool has_no_password(const User& user) { return user.hashes.empty() && !user.needs_no_password; }

// A file that the next start would refuse must not replace a valid one.
Status check_readable(std::string_view text, command::acl::PasswordHash& passwords) {
  const auto users = parse_acl_file(text, passwords);
  if (users) return {};
  return fail(Code::kState,
              fmt::format("the users cannot be saved so that they can be read again: {}",
                          users.error().message),
              "ACL LIST");
}

}  // namespace

UserList::UserList() : mac_key_(random_key()) {
  MutexLock lock(mutex_);
  put(command::acl::default_user());
}

// A changed user keeps its number, and so its sessions.
void UserList::put(User user) {
  const auto known = users_.find(user.name);
  user.number = known != users_.end() ? known->second->number : ++last_number_;
  if (known != users_.end()) forget(*known->second);
  const std::string name = user.name;
  users_.insert_or_assign(name, std::make_shared<const User>(std::move(user)));
}

// Entries of other users remain: without them these would wait in line with guessers.
void UserList::forget(const User& user) {
  for (const std::string& hash : user.hashes) proven_.erase(hash);
}

void UserList::tell() {
  changed();
  if (on_change_) on_change_();
}

Status UserList::set_default_password(std::string_view password) {
  const bool is_hash = argon2_.is_hash(password);
  // A truncated hash must not become a password in plain text: it would admit everyone who has seen
  // it.
  if (!is_hash && password.starts_with("$argon2id$v=")) {
    return fail(Code::kUsage, "the password given is an argon2id hash, but not a whole one",
                "the hash as ACL LIST shows it, without the # before it");
  }
  const std::string rule = (is_hash ? "#" : ">") + std::string(password);
  const std::string_view rules[] = {"resetpass", rule};
  has_password_ = true;
  return change(kDefault, rules);
}

bool UserList::is_open() const {
  const auto is_unguarded = [](const UserAt& user) {
    return user->is_on && user->needs_no_password && user->name == kDefault;
  };
  const std::vector<UserAt> users = all();
  return std::any_of(users.begin(), users.end(), is_unguarded);
}

void UserList::stop() {
  throttle_.stop();
  argon2_.stop();
}

UserAt UserList::find(std::string_view name) const {
  MutexLock lock(mutex_);
  const auto known = users_.find(name);
  return known == users_.end() ? nullptr : known->second;
}

std::vector<UserAt> UserList::all() const {
  MutexLock lock(mutex_);
  std::vector<UserAt> users;
  users.reserve(users_.size());
  for (const auto& [name, user] : users_) users.push_back(user);
  return users;
}

// --- Login

Result<UserAt> UserList::log_in(std::string_view name, std::string_view password,
                                std::string_view peer) {
  // A known password is accepted at once, even while others guess from the same address, for
  // example behind a proxy.
  if (const UserAt known = find(name); was_right(known.get(), password)) return known;
  KV_TRY(throttle_.begin(peer));
  const UserAt user = find(name);
  const Result<bool> right = is_right(user.get(), password);
  using Try = LoginThrottle::Try;
  throttle_.end(peer, !right ? Try::kUnknown : *right ? Try::kRight : Try::kWrong);
  if (!right) return fail(right.error());
  // If the user was removed or changed meanwhile, the password may be another one.
  return *right && user == find(name) ? user : UserAt();
}

// For an unknown name a password is checked as well, so that the time does not reveal which names
// exist. This is the hash of an unknown random password.
const std::string& UserList::decoy() {
  static const std::string made = argon2_.make(random_key()).value_or(std::string());
  return made;
}

Result<bool> UserList::is_right(const User* user, std::string_view password) {
  if (password.size() > User::kMaxPassword) return false;
  const bool may_log_in = user != nullptr && user->is_on;
  if (may_log_in && user->needs_no_password) return true;
  if (!may_log_in || user->hashes.empty()) {
    KV_TRY(argon2_.fits(decoy(), password));
    return false;
  }
  for (const std::string& hash : user->hashes) {
    KV_ASSIGN(const bool does_fit, fits(hash, password));
    if (does_fit) return true;
  }
  return false;
}

Result<bool> UserList::fits(const std::string& hash, std::string_view password) {
  const std::string mac = keyed_hash(password, mac_key_);
  if (was_proven(hash, mac)) return true;
  KV_ASSIGN(const bool does_fit, argon2_.fits(hash, password));
  if (does_fit) {
    MutexLock lock(mutex_);
    proven_.insert_or_assign(hash, mac);
  }
  return does_fit;
}

bool UserList::was_right(const User* user, std::string_view password) const {
  if (user == nullptr || !user->is_on || password.size() > User::kMaxPassword) return false;
  const std::string mac = keyed_hash(password, mac_key_);
  return std::any_of(user->hashes.begin(), user->hashes.end(),
                     [&](const std::string& hash) { return was_proven(hash, mac); });
}

bool UserList::was_proven(const std::string& hash, const std::string& mac) const {
  MutexLock lock(mutex_);
  const auto known = proven_.find(hash);
  return known != proven_.end() && sodium_memcmp(known->second.data(), mac.data(), mac.size()) == 0;
}

// --- Changes

Status UserList::change(std::string_view name, std::span<const std::string_view> rules) {
  constexpr std::size_t kMostUsers = 10'000;
  KV_TRY(command::acl::check_user_name(name));
  MutexLock changing(change_mutex_);
  const UserAt before = find(name);
  User user = before != nullptr ? *before : User();
  user.name = name;
  KV_TRY(apply_rules(rules, argon2_, &user));
  {
    MutexLock lock(mutex_);
    if (before == nullptr && users_.size() >= kMostUsers) {
      return fail(Code::kTooBig, fmt::format("a server has at most {} users", kMostUsers));
    }
    put(std::move(user));
  }
  tell();
  return {};
}

std::size_t UserList::remove(std::span<const std::string_view> names) {
  MutexLock changing(change_mutex_);
  std::size_t count = 0;
  {
    MutexLock lock(mutex_);
    for (const std::string_view name : names) {
      const auto known = users_.find(name);
      if (known == users_.end() || name == kDefault) continue;
      forget(*known->second);
      users_.erase(known);
      ++count;
    }
  }
  if (count > 0) tell();
  return count;
}

// --- The file

Status UserList::save() {
  if (file_.empty()) return no_file();
  MutexLock changing(change_mutex_);
  std::string text;
  for (const UserAt& user : all()) {
    const bool is_from_elsewhere = has_password_ && user->name == kDefault;
    text += acl_line(is_from_elsewhere ? without_password(*user) : *user);
  }
  KV_TRY(check_readable(text, argon2_));
  return replace_small_file(file_, text);
}

// The password of user default is in one place: elsewhere, or in the file.
Status UserList::complete_default(std::vector<User>& users) const {
  const auto in_file = std::find_if(users.begin(), users.end(),
                                    [](const User& user) { return user.name == kDefault; });
  if (in_file == users.end()) {
    users.push_back(has_password_ ? *find(kDefault) : command::acl::default_user());
    return {};
  }
  if (!has_password_) return {};
  if (!has_no_password(*in_file)) {
    return fail(
        Code::kUsage,
        fmt::format("{} has the user default, whose password is given elsewhere, too", file_),
        "the password in one place: in the ACL file, or by --password-file");
  }
  const UserAt known = find(kDefault);
  in_file->hashes = known->hashes;
  in_file->needs_no_password = known->needs_no_password;
  return {};
}

Status UserList::load(FileKind kind) {
  if (file_.empty()) return no_file();
  MutexLock changing(change_mutex_);
  auto text = read_acl_file(file_, kind);
  if (!text) {
    if (text.error().code == Code::kNotFound) {
      text.error().hint = fmt::format("install -m 600 /dev/null {}: an empty file will do", file_);
    }
    return fail(std::move(text.error()));
  }
  auto users = parse_acl_file(*text, argon2_);
  if (!users) {
    users.error().message = fmt::format("{}, {}", file_, users.error().message);
    return fail(std::move(users.error()));
  }
  const std::size_t named = users->size();
  KV_TRY(complete_default(*users));
  // As in Redis: a file that was cut off opens the server.
  if (users->size() > named && !has_password_ && on_doubt_) {
    on_doubt_(fmt::format("{} has no user 'default': whoever connects may do everything, without "
                          "a password, until ACL SETUSER default or ACL LOAD of a file that has it",
                          file_));
  }
  {
    MutexLock lock(mutex_);
    Map before = std::exchange(users_, {});
    proven_.clear();
    for (User& user : *users) {
      if (const auto known = before.extract(user.name))
        users_.insert({known.key(), known.mapped()});
      put(std::move(user));
    }
  }
  tell();
  return {};
}

}  // namespace kvstore::server
