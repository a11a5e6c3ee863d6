// A user: its passwords and permissions, which the rules of ACL SETUSER change.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/status.h"
#include "src/command/acl/command_set.h"
#include "src/command/acl/key_patterns.h"

namespace kvstore::command::acl {

// Makes and checks password hashes. Each call costs time and memory. Thread rule: any thread.
class PasswordHash {
 public:
  virtual ~PasswordHash() = default;
  // kMemory, kLimit.
  virtual Result<std::string> make(std::string_view password) = 0;
  // Whether the password matches. False also if `hash` is not a hash.
  virtual Result<bool> fits(const std::string& hash, std::string_view password) = 0;
  // Whether the text has the form of a hash made by make().
  virtual bool is_hash(std::string_view text) const = 0;
};

// The permitted commands, keys and channels of a user or of a selector; those of a selector apply
// independently. A value. Initially empty.
struct Permissions {
  CommandSet commands;
  KeyPatterns keys;
  ChannelPatterns channels;

  bool allows_all() const {
    return commands.allows_all() && keys.allows_all() && channels.allows_all();
  }
  // "~* &* +@all"
  std::string rules() const;
};

// A value. Initially the user is off and has no permissions. A command is allowed if either the
// user's own permissions or one of its selectors allow all of it.
struct User : Permissions {
  static constexpr std::size_t kMaxSelectors = 100;
  static constexpr std::size_t kMaxPasswords = 16;
  static constexpr std::size_t kMaxPassword = 1024;  // bytes
  static constexpr std::size_t kMaxName = 256;

  std::string name;
  std::uint64_t number = 0;  // differs for users that have the same name one after the other
  bool is_on = false;
  bool needs_no_password = false;
  std::vector<std::string> hashes;  // of its passwords
  std::vector<Permissions> selectors;

  // True if the user has all permissions.
  bool is_unrestricted() const { return allows_all(); }
  // The rules that define the user, in one line: "on #$argon2id$... ~* &* +@all (~a* resetchannels
  // -@all +get)".
  std::string rules() const;
};

// The initial user of a session, as in Redis: on, without a password, with all permissions.
User default_user();
// kSyntax: the name is not valid for a user.
Status check_user_name(std::string_view name);

// Applies `rules` to *user in order, all or none: "on", ">secret", "+@read", "~app:*", "(+get
// ~x:*)". A selector may be split into several words, "(+get" and "~x:*)". kUnknown, kSyntax,
// kState, kNotFound, kTooBig, in Redis' words; also the errors of `passwords`.
Status apply_rules(std::span<const std::string_view> rules, PasswordHash& passwords, User* user);

}  // namespace kvstore::command::acl
