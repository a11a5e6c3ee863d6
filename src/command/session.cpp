#include "src/command/session.h"

#include <atomic>
#include <exception>
#include <new>
#include <stdexcept>

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

// The way out of being skipped.
bool is_on_error(Args argv) { return !argv.empty() && same_word(argv[0], "ONERROR"); }

}  // namespace

Session::Session(Store& store, Info info) : store_(store), info_(info), id_(next_id()) {}

Reply Session::execute(Args argv) {
  Reply reply = run_guarded(argv);
  if (reply.kind == Reply::Kind::kError) failed_ = true;
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
  if (stop_at_error_ && failed_ && !is_on_error(argv)) return skipped();
  if (argv.empty()) return Reply::failure({Code::kUnknown, "there is no command", "HELP"});
  const Command* command = find_command(argv[0]);
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

Status Session::commit() {
  if (!uncommitted_) return {};
  uncommitted_ = false;
  return store_.commit();
}

std::vector<std::pair<std::string, std::string>> Session::extra_info() const {
  if (info_.extra == nullptr) return {};
  return info_.extra(info_.context);
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
