// PING, ECHO, HELP, EXIT: between a client and its session.
#include <memory>
#include <string>

#include <fmt/format.h>

#include "src/command/errors.h"
#include "src/command/help.h"
#include "src/command/rows.h"
#include "src/command/session.h"
#include "src/command/streams.h"

namespace kvstore::command {
namespace {

Reply echo(Session& session, Args args) {
  if (args[1].size() <= session.stream_above()) return Reply::value(std::string(args[1]));
  const Status memory = session.take_memory(args[1].size());
  if (!memory) return Reply::failure(memory.error());
  return Reply::streamed(Reply::Kind::kValue, std::make_shared<TextStream>(std::string(args[1])));
}

Reply ping(Session& session, Args args) {
  return args.size() > 1 ? echo(session, args) : Reply::status("PONG");
}

Reply help(Session&, Args args) {
  if (args.size() == 1) return Reply::value(help_overview());
  const Command* command = find_command(args[1]);
  if (command != nullptr) return Reply::value(help_command(*command));
  Reply reply = unknown_command(args.subspan(1));
  if (reply.error.hint != "HELP") reply.error.hint.insert(0, "HELP ");
  return reply;
}

Reply exit(Session& session, Args) {
  session.exit();
  return Reply::ok();
}

constexpr Command kRows[] = {
    {.name = "PING", .group = "session", .arguments = "[message]", .min_args = 0, .max_args = 1,
     .flags = 0, .summary = "Answers PONG, or the message", .example = "PING",
     .example_reply = "+PONG", .since = "0.1", .handler = ping},
    {.name = "ECHO", .group = "session", .arguments = "message", .min_args = 1, .max_args = 1,
     .flags = 0, .summary = "Answers the message", .example = "ECHO \"tab\\there\"",
     .example_reply = "+VALUE 8\ntab\there", .since = "0.1", .handler = echo},
    {.name = "HELP", .group = "session", .arguments = "[command]", .min_args = 0, .max_args = 1,
     .flags = 0, .summary = "All commands, or more about one", .example = "HELP STRLEN",
     .example_reply = "+VALUE ...\nSTRLEN key\n...", .since = "0.1", .handler = help},
    {.name = "EXIT", .group = "session", .arguments = "", .min_args = 0, .max_args = 0,
     .flags = 0, .summary = "Leave; over a connection, close it", .example = "EXIT",
     .example_reply = "+OK", .since = "0.1", .handler = exit},
};

}  // namespace

std::span<const Command> session_rows() { return kRows; }

}  // namespace kvstore::command
