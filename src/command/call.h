// One execution of a command, as passed to its handler.
#pragma once

#include "src/command/failure.h"
#include "src/command/reply_sink.h"
#include "src/command/session.h"
#include "src/command/table.h"

namespace kvstore::command {

struct Call {
  Session& session;
  const Command& row;  // of the command as typed, or of its subcommand
  Args args;           // args[0] is the command word
  ReplySink& reply;

  Data& data() const { return session.data(); }
  // For commands about the store as a whole.
  Store& store() const { return session.store(); }
};

}  // namespace kvstore::command
