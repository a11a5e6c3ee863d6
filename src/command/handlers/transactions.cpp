// BEGIN, COMMIT, ROLLBACK: commands in between reach the transaction through the session's Data.
// MULTI, EXEC, DISCARD, WATCH, UNWATCH: commands in between wait in the session's queue.
#include "src/command/rows/transactions.h"

#include <fmt/core.h>

#include "src/command/call.h"
#include "src/command/errors.h"
#include "src/command/words.h"

namespace kvstore::command::handlers {
namespace {

Failure already_open() {
  return {Code::kState, "a transaction is open already", "COMMIT or ROLLBACK, to end it",
          "ERR BEGIN calls can not be nested"};
}

Failure without_multi(std::string_view word) {
  return {Code::kState, fmt::format("{} without MULTI", word), "MULTI",
          fmt::format("ERR {} without MULTI", word)};
}

Failure nested(const char* redis) {
  return {Code::kState, "commands are being queued", "EXEC, or DISCARD", redis};
}

Failure in_transaction(std::string_view word) {
  return {Code::kState, fmt::format("{} within a transaction", word), "COMMIT, or ROLLBACK",
          fmt::format("ERR {} is not allowed after BEGIN", word)};
}

Failure without_begin(std::string_view word) {
  return {Code::kState, fmt::format("{} without BEGIN", word), "BEGIN",
          fmt::format("ERR {} without BEGIN", word)};
}

}  // namespace

Outcome begin(Call& call) {
  TransactionOptions options;
  options.read_only = call.args.size() > 1;
  if (options.read_only && !same_word(call.args[1], "READONLY")) {
    return fail(unknown_option(call.row, call.args[1]));
  }
  if (call.data().in_transaction()) return fail(already_open());
  KV_TRY(call.data().begin(options));
  call.reply.ok();
  return {};
}

Outcome commit(Call& call) {
  if (!call.data().in_transaction()) return fail(without_begin("COMMIT"));
  // A transaction without writes has nothing to wait for, and cannot fail.
  if (call.data().has_writes()) call.session.note_write();
  KV_TRY(call.data().commit());
  call.reply.ok();
  return {};
}

Outcome rollback(Call& call) {
  if (!call.data().in_transaction()) return fail(without_begin("ROLLBACK"));
  call.data().rollback();
  call.reply.ok();
  return {};
}

Outcome multi(Call& call) {
  if (call.session.is_queueing()) return fail(nested("ERR MULTI calls can not be nested"));
  if (call.data().in_transaction()) return fail(in_transaction("MULTI"));
  call.session.begin_queue();
  call.reply.ok();
  return {};
}

Outcome exec(Call& call) {
  if (!call.session.is_queueing()) return fail(without_multi("EXEC"));
  return call.session.execute_queue(call.reply);
}

Outcome discard(Call& call) {
  if (!call.session.is_queueing()) return fail(without_multi("DISCARD"));
  call.session.end_queue();
  call.reply.ok();
  return {};
}

Outcome watch(Call& call) {
  if (call.session.is_queueing()) return fail(nested("ERR WATCH inside MULTI is not allowed"));
  if (call.data().in_transaction()) return fail(in_transaction("WATCH"));
  for (const std::string_view key : call.args.subspan(1)) {
    KV_TRY(call.session.watch(key));
  }
  call.reply.ok();
  return {};
}

Outcome unwatch(Call& call) {
  call.session.unwatch();
  call.reply.ok();
  return {};
}

}  // namespace kvstore::command::handlers
