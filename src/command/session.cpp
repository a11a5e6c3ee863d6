#include "src/command/session.h"

#include <atomic>
#include <exception>
#include <new>
#include <stdexcept>

#include <fmt/format.h>

#include "src/command/errors.h"
#include "src/command/words.h"
#include "src/store/store.h"

namespace kvstore::command {
namespace {

std::uint64_t next_id() {
  static std::atomic<std::uint64_t> last{0};
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

Reply out_of_memory() {
  return Reply::failure({Code::kMemory, "there is not enough memory for this command",
                         "READ a part of the value, or SCAN instead of KEYS"});
}

Reply skipped() {
  return Reply::failure({Code::kSkipped, "not executed: a command before it failed",
                         "ONERROR GO, to go on"});
}

// What a user can type about damage; the store, a library, does not know.
void add_hint(const std::string& path, Error* error) {
  if (!error->hint.empty()) return;
  if (error->code == Code::kCorrupt) error->hint = "see what is lost: kvstore verify " + path;
  if (error->code == Code::kDamaged) {
    error->hint = "see what is lost: kvstore verify " + path + "; then: kvstore verify --repair " + path;
  }
}

// The way out of being skipped.
bool is_on_error(Args argv) { return same_word(argv[0], "ONERROR"); }

Reply refused(Code code, std::string message, std::string hint, std::string redis) {
  Reply reply = Reply::failure({code, std::move(message), std::move(hint)});
  reply.text = std::move(redis);
  return reply;
}

Reply no_transactions() {
  return refused(Code::kUnknown,
                 "transactions are not supported: nothing is executed until EXEC or DISCARD",
                 "DISCARD, then the commands one by one",
                 "ERR MULTI is not supported: nothing is executed until EXEC or DISCARD");
}

Reply after_multi() {
  return refused(Code::kSkipped, "not executed: it follows a MULTI, which is not supported",
                 "DISCARD, to go on without a transaction",
                 "ERR not executed: it follows a MULTI, which is not supported");
}

Reply without_multi(std::string_view word) {
  return refused(Code::kUnknown, fmt::format("{} without MULTI", word), "HELP",
                 fmt::format("ERR {} without MULTI", word));
}

Reply takes_no_arguments(std::string_view word) {
  return refused(Code::kArity, fmt::format("{} takes no arguments", word), std::string(word),
                 fmt::format("ERR wrong number of arguments for '{}' command", lower(word)));
}

Reply aborted() {
  return refused(Code::kSkipped, "the transaction was not executed: MULTI is not supported",
                 "the commands one by one",
                 "EXECABORT Transaction discarded because of previous errors.");
}

}  // namespace

Session::Session(Store& store, Info info) : store_(store), info_(info), id_(next_id()) {}

Reply Session::execute(Args argv) {
  Reply reply = run_guarded(argv);
  if (reply.kind == Reply::Kind::kError) {
    failed_ = true;
    add_hint(store_.path(), &reply.error);
  }
  return reply;
}

Reply Session::run_guarded(Args argv) {
  try {
    return run(argv);
  } catch (const std::bad_alloc&) {
    return out_of_memory();
  } catch (const std::length_error&) {
    return out_of_memory();
  } catch (const std::exception& error) {
    return Reply::failure({Code::kIo, error.what(), {}});
  }
}

Reply Session::run(Args argv) {
  if (argv.empty()) return Reply::failure({Code::kUnknown, "there is no command", "HELP"});
  const Command* command = find_command(argv[0]);
  std::optional<Reply> refused;
  if (command == nullptr || in_transaction_) refused = refuse_transaction(argv);
  if (stop_at_error_ && failed_ && !is_on_error(argv)) return skipped();
  if (refused) return std::move(*refused);
  if (command == nullptr) return unknown_command(argv);
  if (!command->takes(argv.size() - 1)) return wrong_arity(*command, argv);
  // Before the handler: if it throws, it may have written.
  if ((command->flags & kWrite) != 0) uncommitted_ = true;
  Reply reply = command->handler(*this, argv);
  // NIL of a DELETE waits as well: it may tell of a deletion that is not on the
  // disk yet. An error acknowledges nothing.
  reply.acknowledges_write = (command->flags & kWrite) != 0 && reply.kind != Reply::Kind::kError;
  return reply;
}

// The answer to a command about a transaction, or within one. None of those words
// has a row in the table: that would offer them.
std::optional<Reply> Session::refuse_transaction(Args argv) {
  for (const std::string_view word : {"MULTI", "EXEC", "DISCARD"}) {
    if (!same_word(argv[0], word)) continue;
    // A mistake neither begins a transaction nor ends one.
    return argv.size() > 1 ? takes_no_arguments(word) : begin_or_end_transaction(word);
  }
  const bool leaves = same_word(argv[0], "EXIT") || same_word(argv[0], "QUIT") ||
                      same_word(argv[0], "RESET");
  if (!in_transaction_ || leaves || is_on_error(argv)) return {};
  return after_multi();
}

Reply Session::begin_or_end_transaction(std::string_view word) {
  if (word == "MULTI") {
    in_transaction_ = true;
    return no_transactions();
  }
  if (!in_transaction_) return without_multi(word);
  in_transaction_ = false;
  return word == "EXEC" ? aborted() : Reply::ok();
}

void Session::reset() {
  in_transaction_ = false;
  name_.clear();
  stop_at_error(false);
  if (dialect_ != Dialect::kText) dialect_ = Dialect::kResp2;
}

Status Session::commit() {
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
