// The keys that a user may read and write: ~app:*, %R~cache:*, %W~log:*.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/status.h"
#include "src/command/glob.h"

namespace kvstore::command::acl {

enum Access : std::uint8_t { kAny = 0, kReads = 1, kWrites = 2, kReadsAndWrites = 3 };

// A value. Initially empty.
class KeyPatterns {
 public:
  // Applies "~*" or "%RW~a*". kSyntax, kTooBig; kState if "~*" makes the rule redundant, as in
  // Redis.
  Status apply(std::string_view rule);
  void allow_all();
  void allow_none();

  // One pattern must allow all of the access: a user who may read app:* and write all other keys
  // may not GETSET app:1.
  bool allows(std::string_view key, Access access) const;
  // Whether every key with this prefix is allowed.
  bool allows_all_with(std::string_view prefix, Access access) const;
  bool allows_all() const { return all_; }
  // Such as "~app:* %R~cache:*"; empty if there are none.
  std::string describe() const;

 private:
  struct Pattern {
    std::string text;  // as in rules
    Access access;
    Glob glob;
    std::string prefix;   // prefix of all keys that it matches
    bool is_prefix_only;  // it matches all keys with the prefix
  };
  bool has_all(Access wanted, bool (*matches)(const Pattern&, std::string_view),
               std::string_view bytes) const;

  bool all_ = false;
  std::vector<Pattern> patterns_;
};

// The channels that a user may publish to and subscribe to. A value.
class ChannelPatterns {
 public:
  // Applies "&*" or "&news.*". kState if "&*" makes the rule redundant.
  Status apply(std::string_view rule);
  void allow_all() { all_ = true, patterns_.clear(); }
  void allow_none() { all_ = false, patterns_.clear(); }
  bool allows_all() const { return all_; }
  bool allows(std::string_view channel) const;
  // Whether a subscription to a pattern is allowed: the pattern must be that of a rule, literally.
  bool allows_pattern(std::string_view pattern) const;
  // The rules: "&*", "resetchannels &news.*".
  std::string describe() const;
  // Such as "&news.*", without "resetchannels".
  std::string patterns() const;

 private:
  bool all_ = false;
  std::vector<std::string> patterns_;
};

}  // namespace kvstore::command::acl
