#include "repl/argument_hints.h"

#include <algorithm>
#include <span>

#include "src/command/words.h"

namespace kvstore::repl {
namespace {

using command::Argument;
using command::Arguments;
using command::ArgumentType;
using command::Command;
using command::same_word;

using Given = std::span<const std::string>;

// The arguments of a command or a subcommand, and the given words.
struct Place {
  Arguments arguments;
  Given given;
};

// For `HELLO [2|3 [AUTH ...]]`: once an optional block has begun, its parts are the arguments.
Place enter_block(Place place) {
  const bool is_block = place.arguments.size() == 1 && !place.given.empty() &&
                        place.arguments[0].type == ArgumentType::kBlock;
  if (is_block) place.arguments = place.arguments[0].parts;
  return place;
}

// Empty if the first word is not a subcommand.
Place place_in(const Command& command, Given given) {
  if (command.subcommands.empty()) return enter_block({command.arguments, given});
  const Command* subcommand = command::find_subcommand(command, given.front());
  if (subcommand == nullptr) return {};
  return enter_block({subcommand->arguments, given.subspan(1)});
}

// The arguments among which `argument` is a choice.
std::span<const Argument> choices_of(const Argument& argument) {
  const bool is_choice = argument.type == ArgumentType::kOneOf && argument.token.empty();
  if (!is_choice) return {&argument, 1};
  return {argument.parts.begin(), argument.parts.size()};
}

// The choice that begins with the token `word`.
const Argument* find_choice(const Argument& argument, std::string_view word) {
  for (const Argument& choice : choices_of(argument)) {
    if (!choice.token.empty() && same_word(choice.token, word)) return &choice;
  }
  return nullptr;
}

std::size_t count_required(Arguments arguments) {
  return static_cast<std::size_t>(std::count_if(arguments.begin(), arguments.end(),
                                                [](const Argument& one) { return !one.optional; }));
}

bool is_used(const Argument& argument, Given given) {
  return std::any_of(given.begin(), given.end(), [&](const std::string& word) {
    return find_choice(argument, word) != nullptr;
  });
}

bool has_tokens(const Argument& argument) {
  const auto choices = choices_of(argument);
  return std::any_of(choices.begin(), choices.end(),
                     [](const Argument& choice) { return !choice.token.empty(); });
}

// The choice among the optional arguments whose value comes next.
const Argument* open_option(const Place& place) {
  if (place.given.size() <= count_required(place.arguments)) return nullptr;
  for (const Argument& argument : place.arguments) {
    const Argument* choice =
        argument.optional ? find_choice(argument, place.given.back()) : nullptr;
    if (choice != nullptr && choice->type != ArgumentType::kToken) return choice;
  }
  return nullptr;
}

bool is_done(const Argument& optional, const Place& place) {
  const std::size_t required = count_required(place.arguments);
  if (place.given.size() <= required || optional.multiple) return false;
  return !has_tokens(optional) || is_used(optional, place.given.subspan(required));
}

// `key [key ...]`, after the first one.
std::string more_of(const Argument& argument) {
  Argument more = argument;
  more.optional = true;
  return command::syntax(more);
}

std::vector<std::string_view> subcommands_of(const Command& command) {
  std::vector<std::string_view> names;
  for (const Command& subcommand : command.subcommands) {
    if (!subcommand.has(command::kHidden)) names.push_back(subcommand.name);
  }
  return names;
}

}  // namespace

std::string remaining_arguments(const Command& command, const Words& given) {
  if (!command.subcommands.empty() && given.empty()) return ' ' + command::syntax(command);
  const Place place = place_in(command, given);
  std::string out;
  if (const Argument* open = open_option(place)) (out += ' ') += command::syntax_of_value(*open);
  std::size_t index = 0;  // among the required ones
  for (const Argument& argument : place.arguments) {
    const bool is_there =
        argument.optional ? is_done(argument, place) : index++ < place.given.size();
    if (!is_there)
      (out += ' ') += command::syntax(argument);
    else if (argument.multiple)
      (out += ' ') += more_of(argument);
  }
  return out;
}

std::vector<std::string_view> options_after(const Command& command, const Words& given) {
  if (!command.subcommands.empty() && given.empty()) return subcommands_of(command);
  const Place place = place_in(command, given);
  const std::size_t required = count_required(place.arguments);
  std::vector<std::string_view> tokens;
  if (open_option(place) != nullptr) return tokens;
  std::size_t index = 0;
  for (const Argument& argument : place.arguments) {
    const bool is_next = argument.optional
                             ? place.given.size() >= required && !is_done(argument, place)
                             : index++ == place.given.size();
    if (!is_next) continue;
    for (const Argument& choice : choices_of(argument)) {
      if (!choice.token.empty()) tokens.push_back(choice.token);
    }
  }
  return tokens;
}

bool is_key_next(const Command& command, const Words& given) {
  if (!command.subcommands.empty() && given.empty()) return false;
  const Place place = place_in(command, given);
  const Arguments& arguments = place.arguments;
  if (arguments.empty()) return false;
  const std::size_t index = std::min(place.given.size(), arguments.size() - 1);
  const bool is_there = index == place.given.size() || arguments[index].multiple;
  return is_there && arguments[index].type == ArgumentType::kKey;
}

}  // namespace kvstore::repl
