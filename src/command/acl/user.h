// A user: how to log in as it, and what it may do. What ACL SETUSER's rules change.
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

// What makes and checks hashes of passwords. Each call takes its time, and memory.
// Thread rule: any thread.
class PasswordHash {
 public:
  virtual ~PasswordHash() = default;
  // kMemory, kLimit.
  virtual Result<std::string> make(std::string_view password) = 0;
  // False, too, for what is no hash.
  virtual Result<bool> fits(const std::string& hash, std::string_view password) = 0;
  // Whether it has the form of what make() makes.
  virtual bool is_hash(std::string_view text) const = 0;
};

// What commands may be run, on which keys and channels: a user's own, or a selector's, which are
// beside them. A value. At first nothing.
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

// A value. At first it is off, and may do nothing. A command is allowed if its own permissions, or
// one of its selectors, allow all of it.
struct User : Permissions {
  static constexpr std::size_t kMaxSelectors = 100;
  static constexpr std::size_t kMaxPasswords = 16;
  static constexpr std::size_t kMaxPassword = 1024;  // bytes
  static constexpr std::size_t kMaxName = 256;

  std::string name;
  std::uint64_t number = 0;  // of two users of one name, one after the other, each has its own
  bool is_on = false;
  bool needs_no_password = false;
  std::vector<std::string> hashes;  // of its passwords
  std::vector<Permissions> selectors;

  // It may do whatever there is.
  bool is_unrestricted() const { return allows_all(); }
  // "on #$argon2id$... ~* &* +@all (~a* resetchannels -@all +get)": the rules that make it, in one
  // line.
  std::string rules() const;
};

// The one that a session begins with; Redis' default: on, without a password, may do everything.
User default_user();
// kSyntax: not a name for a user.
Status check_user_name(std::string_view name);

// Applies `rules` to *user in their order, or none of them: "on", ">secret", "+@read", "~app:*",
// "(+get ~x:*)", which may also be two, "(+get" and "~x:*)".
// kUnknown, kSyntax, kState, kNotFound, kTooBig, in Redis' words; and those of `passwords`.
Status apply_rules(std::span<const std::string_view> rules, PasswordHash& passwords, User* user);

}  // namespace kvstore::command::acl
