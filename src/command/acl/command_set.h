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
  // "+get", "-config|set", "+@read", "+select|0". kUnknown, in Redis' words, with nothing changed.
  Status apply(std::string_view rule);
  void allow_all();
  void allow_none();

  // `args`: from the command's word on.
  bool allows(const Command& command, const Command& row, Args args = {}) const {
    const std::size_t number = number_of(command, row);
    return allowed_.test(number) || (!first_words_.empty() && allows_first_word(number, args));
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
  Status allow_first_word(const Command& command, std::string_view word);
  bool allows_first_word(std::size_t number, Args args) const;

  bool begins_with_all_ = false;
  std::vector<Rule> rules_;  // since +@all or -@all
  CommandBits allowed_;
  // +select|0: a command that is allowed with this word after its own.
  struct FirstWord {
    std::size_t number;  // of the command
    std::string word;
  };
  std::vector<FirstWord> first_words_;
};

}  // namespace kvstore::command::acl
