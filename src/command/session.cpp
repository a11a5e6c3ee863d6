#include "src/command/session.h"

#include <atomic>
#include <exception>
#include <new>
#include <stdexcept>

#include <fmt/core.h>

#include "src/command/call.h"
#include "src/command/errors.h"
#include "src/command/words.h"
#include "src/store/store.h"

namespace kvstore::command {
namespace {

std::uint64_t next_id() {
  static std::atomic<std::uint64_t> last{0};
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

// Of the memory of scratch(), what is kept.
constexpr std::size_t kKeptScratch = std::size_t{1} << 10;

Failure out_of_memory() {
  return Error{Code::kMemory, "there is not enough memory for this command",
               "READ a part of the value, or SCAN instead of KEYS"};
}

Failure skipped() {
  return Error{Code::kSkipped, "not executed: a command before it failed", "ONERROR GO, to go on"};
}

// What a user can type about damage; the store, a library, does not know.
void add_hint(const std::string& path, bool in_transaction, Error* error) {
  if (error->code == Code::kAborted) {
    error->hint.insert(0, in_transaction ? "ROLLBACK, then BEGIN, " : "BEGIN, ");
  }
  if (!error->hint.empty()) return;
  if (error->code == Code::kConflict) error->hint = "BEGIN, and do it again";
  if (error->code == Code::kCorrupt) error->hint = "see what is lost: kvstore verify " + path;
  if (error->code == Code::kDamaged) {
    error->hint =
        "see what is lost: kvstore verify " + path + "; then: kvstore verify --repair " + path;
  }
}

// The way out of being skipped.
bool is_on_error(Args argv) { return same_word(argv[0], "ONERROR"); }

Failure no_multi() {
  return Failure(Code::kUnknown,
                 "MULTI is not supported: nothing is executed until EXEC or DISCARD",
                 "DISCARD, then BEGIN, the commands, and COMMIT",
                 "ERR MULTI is not supported: nothing is executed until EXEC or DISCARD");
}

Failure after_multi() {
  return Failure(Code::kSkipped, "not executed: it follows a MULTI, which is not supported",
                 "DISCARD, then BEGIN, the commands, and COMMIT",
                 "ERR not executed: it follows a MULTI, which is not supported");
}

Failure without_multi(std::string_view word) {
  return Failure(Code::kState, fmt::format("{} without MULTI", word), "HELP",
                 fmt::format("ERR {} without MULTI", word));
}

Failure takes_no_arguments(std::string_view word) {
  return Failure(Code::kArity, fmt::format("{} takes no arguments", word), std::string(word),
                 fmt::format("ERR wrong number of arguments for '{}' command", lower(word)));
}

Failure aborted() {
  return Failure(Code::kSkipped, "the transaction was not executed: MULTI is not supported",
                 "BEGIN, the commands, and COMMIT",
                 "EXECABORT Transaction discarded because of previous errors.");
}

}  // namespace

Session::Session(Store& store, Info info)
    : store_(store), data_(store), info_(info), id_(next_id()) {}

Session::Executed Session::execute(Args argv, ReplySink& reply) {
  acknowledges_write_ = false;
  reply.start();
  Outcome outcome = run_guarded(argv, reply);
  if (scratch_.capacity() > kKeptScratch) std::string().swap(scratch_);
  if (outcome) return {.acknowledges_write = acknowledges_write_, .failure = {}};
  failed_ = true;
  return {.failure = answer_failure(std::move(outcome.error()), reply)};
}

// An error acknowledges nothing.
Failure Session::answer_failure(Failure failure, ReplySink& reply) {
  try {
    add_hint(store_.path(), data_.in_transaction(), &failure.error);
    reply.discard();
    reply.error(failure);
  } catch (const std::bad_alloc&) {
    failure = out_of_memory();
    reply.discard();
    reply.error(failure);
  }
  return failure;
}

Reply Session::execute(Args argv, ReplyCollector::Streams streams) {
  ReplyCollector collector(streams);
  const Executed done = execute(argv, collector);
  Reply reply = collector.take();
  reply.acknowledges_write = done.acknowledges_write;
  return reply;
}

Outcome Session::run_guarded(Args argv, ReplySink& reply) {
  try {
    return run(argv, reply);
  } catch (const std::bad_alloc&) {
    return fail(out_of_memory());
  } catch (const std::length_error&) {
    return fail(out_of_memory());
  } catch (const std::exception& error) {
    return fail(Code::kIo, error.what());
  }
}

Outcome Session::run(Args argv, ReplySink& reply) {
  if (argv.empty()) return fail(Code::kUnknown, "there is no command", "HELP");
  const Command* command = find_command(argv[0]);
  std::optional<Outcome> refused;
  if (command == nullptr || after_multi_) refused = refuse_multi(argv, reply);
  if (stop_at_error_ && failed_ && !is_on_error(argv)) return fail(skipped());
  if (refused) return std::move(*refused);
  if (command == nullptr) return fail(unknown_command(argv));
  if (!command->takes(argv.size() - 1)) return fail(wrong_arity(*command, argv));
  if (command->subcommands.empty() || argv.size() == 1) return run(*command, argv, reply);
  const Command* subcommand = find_subcommand(*command, argv[1]);
  if (subcommand == nullptr) return fail(unknown_subcommand(*command, argv[1]));
  if (!subcommand->takes(argv.size() - 2)) {
    return fail(wrong_arity_of_subcommand(*command, *subcommand, argv));
  }
  return run(*subcommand, argv, reply);
}

Outcome Session::run(const Command& command, Args argv, ReplySink& reply) {
  // Before the handler: if it throws, it may have written. NIL of a DELETE waits for the
  // commit as well: it may tell of a deletion that is not on the disk yet. In a transaction
  // nothing is written before its end.
  if (command.has(kWrite) && !command.has(kTransaction) && !data_.in_transaction()) {
    note_write();
    hold_for_run();
  } else {
    hold_.reset();
  }
  Call call{*this, command, argv, reply};
  return command.handler(call);
}

// Others have their turn now and then, however long the run is.
void Session::hold_for_run() {
  constexpr std::uint32_t kLongestRun = 128;
  if (!hold_) run_ = 0;
  if (++run_ > kLongestRun) {
    hold_.reset();
    run_ = 1;
  }
  if (more_follow_ && !hold_) hold_.emplace(store_);
}

// None of these words has a row in the table: that would offer them.
std::optional<Outcome> Session::refuse_multi(Args argv, ReplySink& reply) {
  for (const std::string_view word : {"MULTI", "EXEC", "DISCARD"}) {
    if (!same_word(argv[0], word)) continue;
    // A mistake neither begins a transaction nor ends one.
    if (argv.size() > 1) return fail(takes_no_arguments(word));
    return begin_or_end_multi(word, reply);
  }
  const bool leaves =
      same_word(argv[0], "EXIT") || same_word(argv[0], "QUIT") || same_word(argv[0], "RESET");
  if (!after_multi_ || leaves || is_on_error(argv)) return {};
  return fail(after_multi());
}

Outcome Session::begin_or_end_multi(std::string_view word, ReplySink& reply) {
  if (word == "MULTI") {
    after_multi_ = true;
    return fail(no_multi());
  }
  if (!after_multi_) return fail(without_multi(word));
  after_multi_ = false;
  if (word == "EXEC") return fail(aborted());
  reply.ok();
  return {};
}

std::string& Session::scratch() {
  scratch_.clear();
  return scratch_;
}

void Session::reset() {
  after_multi_ = false;
  data_.rollback();
  name_.clear();
  stop_at_error(false);
  if (dialect_ != Dialect::kText) dialect_ = Dialect::kResp2;
}

Status Session::commit() {
  hold_.reset();
  if (!uncommitted_) return {};
  uncommitted_ = false;
  return store_.commit();
}

std::optional<ServerFacts> Session::server_facts() const {
  if (info_.server == nullptr) return {};
  return info_.server(info_.context);
}

Status Session::take_memory(std::size_t bytes) {
  if (info_.take_memory == nullptr || info_.take_memory(info_.context, bytes)) return {};
  return fail(Code::kLimit,
              fmt::format("this would take {} KiB of memory, more than is left to all connections",
                          (bytes >> 10) + 1),
              "try again later, ask for less (SCAN, READ), or raise the server's --max-buffered");
}

Status commit_replies(Session& session, std::vector<Reply>& replies) {
  Status status = session.commit();
  if (status) return status;
  for (Reply& reply : replies) {
    if (reply.acknowledges_write) reply = Reply::failure(status.error());
  }
  return status;
}

}  // namespace kvstore::command
