// The keys a user may read and write: ~app:*, %R~cache:*, %W~log:*.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/status.h"
#include "src/command/glob.h"

namespace kvstore::command::acl {

enum Access : std::uint8_t { kAny = 0, kReads = 1, kWrites = 2, kReadsAndWrites = 3 };

// A value. At first it holds none.
class KeyPatterns {
 public:
  // "~*", "%RW~a*": kSyntax, kTooBig, and kState for what "~*" makes moot, as in Redis.
  Status apply(std::string_view rule);
  void allow_all();
  void allow_none();

  // Of each access by one and the same pattern: who may read app:* and write all else may not
  // GETSET app:1.
  bool allows(std::string_view key, Access access) const;
  // Every key that begins with `prefix`, whatever follows.
  bool allows_all_with(std::string_view prefix, Access access) const;
  bool allows_all() const { return all_; }
  // "~app:* %R~cache:*"; empty: none.
  std::string describe() const;

 private:
  struct Pattern {
    std::string text;  // as rules show it
    Access access;
    Glob glob;
    std::string prefix;   // what all it matches begins with
    bool is_prefix_only;  // it matches whatever begins with that
  };
  bool has_all(Access wanted, bool (*matches)(const Pattern&, std::string_view),
               std::string_view bytes) const;

  bool all_ = false;
  std::vector<Pattern> patterns_;
};

// The channels a user may publish to and listen to. A value.
class ChannelPatterns {
 public:
  // "&*", "&news.*". kState for what "&*" makes moot.
  Status apply(std::string_view rule);
  void allow_all() { all_ = true, patterns_.clear(); }
  void allow_none() { all_ = false, patterns_.clear(); }
  bool allows_all() const { return all_; }
  bool allows(std::string_view channel) const;
  // To listen to all channels of a pattern: as a rule has it, letter for letter.
  bool allows_pattern(std::string_view pattern) const;
  // "&*", "resetchannels &news.*": as rules show it.
  std::string describe() const;
  // "&news.*", without "resetchannels".
  std::string patterns() const;

 private:
  bool all_ = false;
  std::vector<std::string> patterns_;
};

}  // namespace kvstore::command::acl
