#include "src/command/argument.h"

#include <fmt/core.h>

namespace kvstore::command {
namespace {

std::string join(Arguments parts, char separator) {
  std::string text;
  for (const Argument& part : parts) {
    if (!text.empty()) text += separator;
    text += syntax(part);
  }
  return text;
}

}  // namespace

std::string syntax_of_value(const Argument& argument) {
  switch (argument.type) {
    case ArgumentType::kToken:
      return {};
    case ArgumentType::kOneOf:
      return join(argument.parts, '|');
    case ArgumentType::kBlock:
      return join(argument.parts, ' ');
    default:
      return std::string(argument.name);
  }
}

std::string syntax(const Argument& argument) {
  std::string text(argument.token);
  const std::string value = syntax_of_value(argument);
  if (!text.empty() && !value.empty()) text += ' ';
  text += value;
  const std::string_view more = argument.multiple ? " ..." : "";
  if (argument.optional) return fmt::format("[{}{}]", text, more);
  return argument.multiple ? fmt::format("{0} [{0} ...]", text) : text;
}

std::string syntax(Arguments arguments) { return join(arguments, ' '); }

}  // namespace kvstore::command
