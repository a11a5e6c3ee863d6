#include "src/command/acl/command_set.h"

#include <algorithm>
#include <utility>

#include "src/command/acl/categories.h"
#include "src/command/words.h"

namespace kvstore::command::acl {
namespace {

struct Named {
  std::string name;  // as rules show it
  CommandBits bits;
};

tl::unexpected<Error> unknown_name() {
  return fail(Code::kUnknown, "Unknown command or category name in ACL", "ACL CAT");
}

Result<Named> named_category(std::string_view name) {
  const auto bits = category(name);
  if (!bits) return unknown_name();
  return Named{'@' + lower(name), *bits};
}

Result<Named> named_subcommand(const Command& command, std::string_view word) {
  if (word.find('|') != word.npos || command.subcommands.empty()) {
    return fail(Code::kUnknown, "Allowing first-arg of a subcommand is not supported", "ACL CAT");
  }
  const Command* const subcommand = find_subcommand(command, word);
  if (subcommand == nullptr) return unknown_name();
  return Named{full_name(original(command), *subcommand),
               CommandBits().set(number_of(command, *subcommand))};
}

Result<Named> named(std::string_view name) {
  if (name.starts_with('@')) return named_category(name.substr(1));
  const std::size_t bar = name.find('|');
  const Command* const command = find_command(name.substr(0, bar));
  if (command == nullptr) return unknown_name();
  if (bar != name.npos) return named_subcommand(*command, name.substr(bar + 1));
  return Named{lower(original(*command).name), bits_of(*command)};
}

}  // namespace

Status CommandSet::apply(std::string_view rule) {
  const bool allow = rule.front() == '+';
  KV_ASSIGN(Named what, named(rule.substr(1)));
  set(what.bits, allow, rule.front() + what.name);
  return {};
}

// A rule about commands that a later one is about, too, decides nothing any more.
void CommandSet::set(CommandBits bits, bool allow, std::string text) {
  if (bits.all()) return allow ? allow_all() : allow_none();
  if (allow)
    allowed_ |= bits;
  else
    allowed_ &= ~bits;
  std::erase_if(rules_, [&](const Rule& old) { return (old.bits & ~bits).none(); });
  rules_.push_back({std::move(text), bits});
}

void CommandSet::allow_all() {
  allowed_.set();
  begins_with_all_ = true;
  rules_.clear();
}

void CommandSet::allow_none() {
  allowed_.reset();
  begins_with_all_ = false;
  rules_.clear();
}

std::string CommandSet::describe() const {
  std::string text = begins_with_all_ ? "+@all" : "-@all";
  for (const Rule& rule : rules_) text += ' ' + rule.text;
  return text;
}

}  // namespace kvstore::command::acl
