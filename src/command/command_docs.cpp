#include "src/command/command_docs.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "src/base/function_ref.h"
#include "src/command/acl/categories.h"
#include "src/command/origin.h"
#include "src/command/redis_info.h"
#include "src/command/words.h"

namespace kvstore::command {
namespace {

constexpr std::pair<Flag, std::string_view> kFlagNames[] = {
    {kRead, "readonly"},  {kWrite, "write"}, {kAdmin, "admin"},      {kNoScript, "noscript"},
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

void for_each_word(std::string_view words, FunctionRef<void(std::string_view)> take) {
  while (!words.empty()) {
    const std::size_t end = std::min(words.find(' '), words.size());
    take(words.substr(0, end));
    words.remove_prefix(std::min(end + 1, words.size()));
  }
}

void write_field(std::string_view name, std::string_view value, ReplySink& to) {
  to.value(name);
  to.value(value);
}

void write_flags(const Command& command, const RedisInfo* redis, ReplySink& to) {
  if (redis != nullptr) return write_words(redis->flags, to);
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

// How to find the keys: the place to begin at, and "range" or "keynum" with its numbers.
struct KeySearch {
  std::string_view kind;
  std::vector<std::pair<std::string_view, int>> numbers;
};

void write_search(std::string_view name, const KeySearch& search, ReplySink& to) {
  to.value(name);
  to.begin(Aggregate::kMap, 4);
  write_field("type", search.kind, to);
  to.value("spec");
  to.begin(Aggregate::kMap, 2 * search.numbers.size());
  for (const auto& [what, number] : search.numbers) {
    to.value(what);
    to.integer(number);
  }
  to.end();
  to.end();
}

void write_key(std::string_view flags, int index, const KeySearch& search, ReplySink& to) {
  to.begin(Aggregate::kMap, 6);
  to.value("flags");
  write_words(flags, to);
  write_search("begin_search", {"index", {{"index", index}}}, to);
  write_search("find_keys", search, to);
  to.end();
}

KeySearch range(int last, int step) {
  return {"range", {{"lastkey", last}, {"keystep", step}, {"limit", 0}}};
}

// As Redis' key specifications. If the access to the first key differs from the others, it has a
// specification of its own.
void write_keys(const Command& command, ReplySink& to) {
  const KeySpec& keys = command.keys;
  const std::string_view flags = command.key_flags;
  const std::size_t end = flags.find("; ");
  const std::string_view of_first = !flags.empty()        ? flags.substr(0, end)
                                    : command.has(kWrite) ? "RW access update"
                                                          : "RO access";
  const std::string_view of_others = end == flags.npos ? of_first : flags.substr(end + 2);
  to.begin(Aggregate::kSet);
  if (keys.first != 0 && end == flags.npos) {
    write_key(of_first, keys.first,
              range(keys.last < 0 ? keys.last : keys.last - keys.first, keys.step), to);
  } else if (keys.first != 0) {
    write_key(of_first, keys.first, range(0, 1), to);
    const int last = keys.last < 0 ? keys.last : keys.last - keys.first - 1;
    if (keys.count_at == 0) write_key(of_others, keys.first + 1, range(last, keys.step), to);
  }
  if (keys.count_at != 0) {
    write_key(of_others, keys.count_at,
              {"keynum", {{"keynumidx", 0}, {"firstkey", 1}, {"keystep", 1}}}, to);
  }
  to.end();
}

// A command of which only subcommands are run has no categories but @slow.
void write_categories(const Command& command, const Command* parent, ReplySink& to) {
  to.begin(Aggregate::kSet);
  if (acl::is_container(command)) {
    to.status("@slow");
  } else {
    const Command& whole = original(parent == nullptr ? command : *parent);
    const std::size_t number = acl::number_of(whole, parent == nullptr ? whole : command);
    for (const std::string_view name : acl::categories_of(acl::command_ids()[number])) {
      to.status(fmt::format("@{}", name));
    }
  }
  to.end();
}

void write_tips(const RedisInfo* redis, ReplySink& to) {
  to.begin(Aggregate::kSet);
  if (redis != nullptr) {
    for_each_word(redis->tips, [&](std::string_view tip) { to.value(tip); });
  }
  to.end();
}

void write_infos_of_subcommands(const Command& command, ReplySink& to) {
  if (command.subcommands.empty()) return to.empty(Aggregate::kSet);
  to.begin(Aggregate::kArray);
  for (const Command& subcommand : command.subcommands) {
    if (!subcommand.has(kHidden)) write_command_info(subcommand, &command, to);
  }
  to.end();
}

void write_docs(const Command& command, std::string_view group, std::string_view name,
                std::string_view origin, ReplySink& to);

// With full names: "client|setname".
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

void write_words(std::string_view words, ReplySink& to) {
  to.begin(Aggregate::kSet);
  for_each_word(words, [&](std::string_view word) { to.status(word); });
  to.end();
}

void write_command_info(const Command& command, const Command* parent, ReplySink& to) {
  const RedisInfo* const redis = redis_info_of(command, parent);
  const int least = std::max(command.arity.min, command.redis_min) + (parent == nullptr ? 1 : 2);
  const bool is_exact = command.arity.max == command.arity.min;
  to.begin(Aggregate::kArray, 10);
  to.value(parent == nullptr ? lower(command.name) : acl::full_name(*parent, command));
  to.integer(is_exact ? least : -least);
  write_flags(command, redis, to);
  to.integer(command.keys.first);
  to.integer(command.keys.last);
  to.integer(command.keys.step);
  write_categories(command, parent, to);
  write_tips(redis, to);
  write_keys(command, to);
  write_infos_of_subcommands(command, to);
  to.end();
}

void write_command_docs(const Command& command, ReplySink& to) {
  write_docs(command, command.group, lower(command.name), origin_of(command), to);
}

}  // namespace kvstore::command
