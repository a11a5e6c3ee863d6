#include "src/command/acl/command_set.h"

#include <algorithm>
#include <utility>

#include "src/command/acl/categories.h"
#include "src/command/words.h"

namespace kvstore::command::acl {
namespace {

struct Named {
  std::string name;  // as in rules
  CommandBits bits;
};

tl::unexpected<Error> unknown_name() {
  return fail(Code::kUnknown, "Unknown command or category name in ACL", "ACL CAT");
}

tl::unexpected<Error> first_word_of_subcommand() {
  return fail(Code::kUnknown, "Allowing first-arg of a subcommand is not supported", "ACL CAT");
}

constexpr std::size_t kMostFirstWords = 1000;

// Rules are stored as lines of words, and a ')' ends a selector.
bool can_be_in_rule(std::string_view word) {
  return !word.empty() && std::none_of(word.begin(), word.end(), [](char c) {
    return static_cast<unsigned char>(c) <= ' ' || c == '\x7f' || c == ')';
  });
}

Result<Named> named_category(std::string_view name) {
  const auto bits = category(name);
  if (!bits) return unknown_name();
  return Named{'@' + lower(name), *bits};
}

Result<Named> named_subcommand(const Command& command, std::string_view word) {
  if (word.find('|') != word.npos) return first_word_of_subcommand();
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
  const std::size_t bar = rule.find('|');
  const Command* const command = find_command(rule.substr(1, bar - 1));
  if (allow && bar != rule.npos && command != nullptr && command->subcommands.empty()) {
    return allow_first_word(*command, rule.substr(bar + 1));
  }
  KV_ASSIGN(Named what, named(rule.substr(1)));
  set(what.bits, allow, rule.front() + what.name);
  return {};
}

// Drops earlier rules that concern only commands of this rule: they have no effect any more.
void CommandSet::set(CommandBits bits, bool allow, std::string text) {
  if (bits.all()) return allow ? allow_all() : allow_none();
  if (allow)
    allowed_ |= bits;
  else
    allowed_ &= ~bits;
  std::erase_if(rules_, [&](const Rule& old) { return (old.bits & ~bits).none(); });
  std::erase_if(first_words_, [&](const FirstWord& old) { return bits.test(old.number); });
  rules_.push_back({std::move(text), bits});
}

// Adds to the other rules; a later rule about the whole command overrides it.
Status CommandSet::allow_first_word(const Command& command, std::string_view word) {
  if (!can_be_in_rule(word)) return fail(Code::kSyntax, "Syntax error");
  if (word.find('|') != word.npos) return unknown_name();
  if (first_words_.size() >= kMostFirstWords) return fail(Code::kTooBig, "Too many rules");
  const std::size_t number = number_of(original(command), original(command));
  const auto is_same = [&](const FirstWord& known) {
    return known.number == number && same_word(known.word, word);
  };
  if (std::any_of(first_words_.begin(), first_words_.end(), is_same)) return {};
  first_words_.push_back({number, lower(word)});
  rules_.push_back(
      {'+' + lower(original(command).name) + '|' + lower(word), CommandBits().set(number)});
  return {};
}

bool CommandSet::allows_first_word(std::size_t number, Args args) const {
  return args.size() > 1 &&
         std::any_of(first_words_.begin(), first_words_.end(), [&](const FirstWord& known) {
           return known.number == number && same_word(known.word, args[1]);
         });
}

void CommandSet::allow_all() {
  allowed_.set();
  begins_with_all_ = true;
  rules_.clear();
  first_words_.clear();
}

void CommandSet::allow_none() {
  allowed_.reset();
  begins_with_all_ = false;
  rules_.clear();
  first_words_.clear();
}

std::string CommandSet::describe() const {
  std::string text = begins_with_all_ ? "+@all" : "-@all";
  for (const Rule& rule : rules_) text += ' ' + rule.text;
  return text;
}

}  // namespace kvstore::command::acl
