// The commands that a user may run, and the rules that define them: +get, -@write, +config|get.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "src/base/status.h"
#include "src/command/acl/command_ids.h"

namespace kvstore::command::acl {

// A value. Initially empty.
class CommandSet {
 public:
  // Applies "+get", "-config|set", "+@read" or "+select|0". kUnknown, in Redis' words; then nothing
  // has changed.
  Status apply(std::string_view rule);
  void allow_all();
  void allow_none();

  // `args` begins with the command word.
  bool allows(const Command& command, const Command& row, Args args = {}) const {
    const std::size_t number = number_of(command, row);
    return allowed_.test(number) || (!first_words_.empty() && allows_first_word(number, args));
  }
  // True if every command is allowed, including commands added to the table later.
  bool allows_all() const { return allowed_.all(); }
  // Rules that define this set: "+@all", "-@all +@read -keys".
  std::string describe() const;

 private:
  struct Rule {
    std::string text;  // "+get"
    CommandBits bits;  // the commands that it concerns
  };
  void set(CommandBits bits, bool allow, std::string text);
  Status allow_first_word(const Command& command, std::string_view word);
  bool allows_first_word(std::size_t number, Args args) const;

  bool begins_with_all_ = false;
  std::vector<Rule> rules_;  // since the last +@all or -@all
  CommandBits allowed_;
  // A command that is allowed only with this first argument: +select|0.
  struct FirstWord {
    std::size_t number;  // number of the command
    std::string word;
  };
  std::vector<FirstWord> first_words_;
};

}  // namespace kvstore::command::acl
