#include "src/command/command_docs.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/core.h>

#include "src/command/origin.h"
#include "src/command/words.h"

namespace kvstore::command {
namespace {

constexpr std::pair<Flag, std::string_view> kFlagNames[] = {
    {kRead, "readonly"},   {kWrite, "write"}, {kAdmin, "admin"},       {kNoScript, "noscript"},
    {kNoAuth, "no_auth"}, {kFast, "fast"},   {kBlocking, "blocking"}};

std::string_view type_name(ArgumentType type) {
  switch (type) {
    case ArgumentType::kKey:
      return "key";
    case ArgumentType::kString:
      return "string";
    case ArgumentType::kInteger:
      return "integer";
    case ArgumentType::kDouble:
      return "double";
    case ArgumentType::kPattern:
      return "pattern";
    case ArgumentType::kUnixTime:
      return "unix-time";
    case ArgumentType::kToken:
      return "pure-token";
    case ArgumentType::kOneOf:
      return "oneof";
    case ArgumentType::kBlock:
      return "block";
  }
  return "string";
}

void write_field(std::string_view name, std::string_view value, ReplySink& to) {
  to.value(name);
  to.value(value);
}

void write_flags(const Command& command, ReplySink& to) {
  to.begin(Aggregate::kSet);
  for (const auto& [flag, name] : kFlagNames) {
    if (command.has(flag)) to.status(name);
  }
  if (command.keys.count_at != 0) to.status("movablekeys");
  to.end();
}

void write_flags(const Argument& argument, ReplySink& to) {
  to.value("flags");
  to.begin(Aggregate::kSet);
  if (argument.optional) to.status("optional");
  if (argument.multiple) to.status("multiple");
  to.end();
}

void write_arguments(Arguments arguments, ReplySink& to);

void write_argument(const Argument& argument, ReplySink& to) {
  to.begin(Aggregate::kMap);
  write_field("name", argument.name, to);
  write_field("type", type_name(argument.type), to);
  if (!argument.token.empty()) write_field("token", argument.token, to);
  if (argument.optional || argument.multiple) write_flags(argument, to);
  if (!argument.parts.empty()) write_arguments(argument.parts, to);
  to.end();
}

void write_arguments(Arguments arguments, ReplySink& to) {
  to.value("arguments");
  to.begin(Aggregate::kArray, arguments.size());
  for (const Argument& argument : arguments) write_argument(argument, to);
  to.end();
}

void write_docs(const Command& command, std::string_view group, std::string_view name,
                std::string_view origin, ReplySink& to);

// By their full names: "client|setname".
void write_subcommands(const Command& command, ReplySink& to) {
  to.value("subcommands");
  to.begin(Aggregate::kMap);
  for (const Command& subcommand : command.subcommands) {
    if (subcommand.has(kHidden)) continue;
    write_docs(subcommand, command.group,
               fmt::format("{}|{}", lower(command.name), lower(subcommand.name)),
               origin_of(subcommand, &command), to);
  }
  to.end();
}

void write_docs(const Command& command, std::string_view group, std::string_view name,
                std::string_view origin, ReplySink& to) {
  to.value(name);
  to.begin(Aggregate::kMap);
  write_field("summary", command.summary, to);
  write_field("since", command.since, to);
  write_field("group", group, to);
  if (command.subcommands.empty())
    write_arguments(command.arguments, to);
  else
    write_subcommands(command, to);
  write_field("origin", origin, to);
  to.end();
}

}  // namespace

void write_command_info(const Command& command, ReplySink& to) {
  const bool is_exact = command.arity.max == command.arity.min;
  const int words = command.arity.min + 1;
  to.begin(Aggregate::kArray, 6);
  to.value(lower(command.name));
  to.integer(is_exact ? words : -words);
  write_flags(command, to);
  to.integer(command.keys.first);
  to.integer(command.keys.last);
  to.integer(command.keys.step);
  to.end();
}

void write_command_docs(const Command& command, ReplySink& to) {
  write_docs(command, command.group, lower(command.name), origin_of(command), to);
}

}  // namespace kvstore::command
