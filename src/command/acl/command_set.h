// The commands a user may run, and the rules that made them so: +get, -@write, +config|get.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "src/base/status.h"
#include "src/command/acl/command_ids.h"

namespace kvstore::command::acl {

// A value. At first it holds none.
class CommandSet {
 public:
  // "+get", "-config|set", "+@read", "-@all". kUnknown, in Redis' words, with nothing changed.
  Status apply(std::string_view rule);
  void allow_all();
  void allow_none();

  bool allows(const Command& command, const Command& row) const {
    return allowed_.test(number_of(command, row));
  }
  // Commands that will be added to the table some day, too.
  bool allows_all() const { return allowed_.all(); }
  // "+@all", "-@all +@read -keys": rules that make the same set.
  std::string describe() const;

 private:
  struct Rule {
    std::string text;  // "+get"
    CommandBits bits;  // what it is about
  };
  void set(CommandBits bits, bool allow, std::string text);

  bool begins_with_all_ = false;
  std::vector<Rule> rules_;  // since +@all or -@all
  CommandBits allowed_;
};

}  // namespace kvstore::command::acl
