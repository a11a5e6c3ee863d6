// PING, ECHO, HELP, ONERROR, EXIT: the session itself.
#include "src/command/rows/session.h"

#include <memory>
#include <string>

#include "src/command/call.h"
#include "src/command/errors.h"
#include "src/command/help.h"
#include "src/command/streams.h"
#include "src/command/words.h"

namespace kvstore::command::handlers {

Outcome echo(Call& call) {
  const std::string_view message = call.args[1];
  if (message.size() <= call.session.stream_above()) {
    call.reply.value(message);
    return {};
  }
  KV_TRY(call.session.take_memory(message.size()));
  call.reply.stream(std::make_unique<TextStream>(std::string(message)));
  return {};
}

// While messages come between replies, PING is replied like one of them.
Outcome ping_among_messages(const Call& call) {
  call.reply.begin(Aggregate::kArray, 2);
  call.reply.value("pong");
  call.reply.value(call.args.size() > 1 ? call.args[1] : std::string_view());
  call.reply.end();
  return {};
}

Outcome ping(Call& call) {
  if (call.session.is_subscribed() && call.session.dialect() == Dialect::kResp2) {
    return ping_among_messages(call);
  }
  if (call.args.size() > 1) return echo(call);
  call.reply.status("PONG");
  return {};
}

Outcome help(Call& call) {
  if (call.args.size() == 1) {
    call.reply.value(help_overview());
    return {};
  }
  const Command* command = find_command(call.args[1]);
  std::string about = command == nullptr ? help_topic(call.args[1]) : help_command(*command);
  if (about.empty()) {
    Failure failure = unknown_command(call.args.subspan(1));
    const bool is_command = find_command(failure.error.hint) != nullptr;
    if (failure.error.hint == "HELP") {
      failure.error.hint = "HELP, or a heading of it: HELP keys";
    } else if (is_command) {
      failure.error.hint.insert(0, "HELP ");
    }
    return fail(std::move(failure));
  }
  call.reply.value(about);
  return {};
}

// Whether a connection's later commands run after one has failed. A client that sends many commands
// ahead of their replies, such as a script, cannot stop at the first error by itself: the next
// commands are already on their way.
Outcome on_error(Call& call) {
  const bool stop = same_word(call.args[1], "STOP");
  if (!stop && !same_word(call.args[1], "GO")) {
    return fail(unknown_option(call.row, call.args[1], "ONERROR STOP, or ONERROR GO"));
  }
  call.session.stop_at_error(stop);
  call.reply.ok();
  return {};
}

Outcome exit(Call& call) {
  call.session.exit();
  call.reply.ok();
  return {};
}

}  // namespace kvstore::command::handlers
