#include "src/command/command_docs.h"

#include <string>
#include <string_view>
#include <vector>

#include "src/command/words.h"

namespace kvstore::command {
namespace {

Reply text(std::string_view bytes) { return Reply::value(std::string(bytes)); }

Reply set_of(std::vector<Reply> items) {
  Reply reply = Reply::array(std::move(items));
  reply.shape = Reply::Shape::kSet;
  return reply;
}

bool names_a_key(const Command& command) { return command.arguments.starts_with("key"); }

// "key offset [AT seq|time]" is three: brackets hold words together.
std::vector<std::string_view> split_arguments(std::string_view arguments) {
  std::vector<std::string_view> out;
  while (!arguments.empty()) {
    std::size_t end = arguments[0] == '[' ? arguments.find(']') + 1 : arguments.find(' ');
    if (end == arguments.npos) end = arguments.size();
    out.push_back(arguments.substr(0, end));
    arguments.remove_prefix(end);
    while (arguments.starts_with(' ')) arguments.remove_prefix(1);
  }
  return out;
}

Reply describe_argument(std::string_view argument) {
  const bool optional = argument.starts_with('[');
  if (optional) argument = argument.substr(1, argument.size() - 2);
  const bool multiple = argument.ends_with(" ...");
  if (multiple) argument.remove_suffix(4);
  std::vector<Reply> fields = {text("name"), text(argument), text("type"),
                               text(argument == "key" ? "key" : "string")};
  std::vector<Reply> flags;
  if (optional) flags.push_back(Reply::status("optional"));
  if (multiple) flags.push_back(Reply::status("multiple"));
  if (!flags.empty()) {
    fields.push_back(text("flags"));
    fields.push_back(set_of(std::move(flags)));
  }
  return Reply::map(std::move(fields));
}

}  // namespace

Reply command_info(const Command& command) {
  const bool exact = command.max_args == command.min_args;
  const int arity = command.min_args + 1;
  std::vector<Reply> flags;
  if ((command.flags & kRead) != 0) flags.push_back(Reply::status("readonly"));
  if ((command.flags & kWrite) != 0) flags.push_back(Reply::status("write"));
  if ((command.flags & kAdmin) != 0) flags.push_back(Reply::status("admin"));
  const int first_key = names_a_key(command) ? 1 : 0;
  const bool many_keys = command.arguments.starts_with("key [key ...]");
  return Reply::array({text(lower(command.name)), Reply::of(exact ? arity : -arity),
                       set_of(std::move(flags)), Reply::of(first_key),
                       Reply::of(many_keys ? -1 : first_key), Reply::of(first_key)});
}

Reply command_docs(const Command& command) {
  std::vector<Reply> arguments;
  for (const std::string_view argument : split_arguments(command.arguments)) {
    arguments.push_back(describe_argument(argument));
  }
  return Reply::map({text("summary"), text(command.summary), text("since"), text(command.since),
                       text("group"), text(command.group), text("arguments"),
                       Reply::array(std::move(arguments))});
}

}  // namespace kvstore::command
