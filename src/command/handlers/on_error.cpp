// ONERROR: whether a connection's later commands run although one has failed. A
// client that sends many commands ahead of their replies, a script above all,
// cannot stop at the first error by itself: what follows is on its way already.
#include "src/command/errors.h"
#include "src/command/rows.h"
#include "src/command/session.h"
#include "src/command/words.h"

namespace kvstore::command {
namespace {

Reply on_error(Session& session, Args args) {
  const bool stop = same_word(args[1], "STOP");
  if (!stop && !same_word(args[1], "GO")) {
    return unknown_option(*find_command("ONERROR"), args[1], "ONERROR STOP, or ONERROR GO");
  }
  session.stop_at_error(stop);
  return Reply::ok();
}

constexpr Command kRows[] = {
    {.name = "ONERROR", .group = "session", .arguments = "STOP|GO", .min_args = 1, .max_args = 1,
     .flags = 0, .summary = "STOP: after an error, skip all until the next ONERROR",
     .example = "ONERROR STOP", .example_reply = "+OK", .since = "0.1", .handler = on_error},
};

}  // namespace

std::span<const Command> on_error_rows() { return kRows; }

}  // namespace kvstore::command
