#include "src/command/session.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <iterator>
#include <new>
#include <stdexcept>
#include <utility>

#include <fmt/core.h>

#include "src/command/acl/command_ids.h"
#include "src/command/call.h"
#include "src/command/errors.h"
#include "src/command/words.h"
#include "src/log/lost.h"
#include "src/store/store.h"

namespace kvstore::command {
namespace {

std::uint64_t next_id() {
  static std::atomic<std::uint64_t> last{0};
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

// Capacity of scratch() that is kept.
constexpr std::size_t kKeptScratch = std::size_t{1} << 10;

Failure skipped() {
  return Error{Code::kSkipped, "not executed: a command before it failed", "ONERROR GO, to go on"};
}

// The message says already of which type the key is.
std::string hint_for_type(std::string_view message) {
  if (message.ends_with("not a string")) return "ZRANGE key 0 -1 WITHSCORES";
  return message.ends_with("not a sorted set") ? "GET key" : "TYPE key";
}

// What a user can type; the store, a library, does not know.
void add_hint(const std::string& path, bool in_transaction, Error* error) {
  if (error->code == Code::kAborted) {
    error->hint.insert(0, in_transaction ? "ROLLBACK, then BEGIN, " : "BEGIN, ");
  }
  if (!error->hint.empty()) return;
  if (error->code == Code::kType) error->hint = hint_for_type(error->message);
  if (error->code == Code::kConflict) error->hint = "BEGIN, and do it again";
  if (error->code == Code::kCorrupt) {
    error->hint = log::says_marked_lost(error->message)
                      ? "HISTORY key, UNDO key TO an older version, a backup, or SET it again"
                      : "see what is lost: kvstore verify " + path;
  }
  if (error->code == Code::kDamaged) {
    error->hint =
        "see what is lost: kvstore verify " + path + "; then: kvstore verify --repair " + path;
  }
}

// ONERROR is executed even while others are skipped.
bool is_on_error(Args argv) { return same_word(argv[0], "ONERROR"); }

Failure not_in_multi(const Command& command) {
  return Failure(Code::kState,
                 fmt::format("{} is not for MULTI: nothing will be executed", command.name),
                 "DISCARD", "ERR Command not allowed inside a transaction");
}

Failure queue_is_full() {
  return Failure(Code::kLimit, "so much cannot be queued: nothing will be executed", "DISCARD", {});
}

Failure exec_aborted() {
  return Failure(Code::kState, "nothing was executed: a command was refused when it was queued",
                 "MULTI, the commands, and EXEC",
                 "EXECABORT Transaction discarded because of previous errors.");
}

Failure killed() { return Error{Code::kSkipped, "CLIENT KILL has closed this connection", {}}; }

// Whether the command may wait for others or for the disk, and changes nothing that permissions,
// pauses or the end of its client concern.
bool stands_aside(const Command& command) {
  if (command.has(kWrite)) return false;
  return command.has(kNoAuth) || (command.has(kAdmin) && command.has(kNoMulti));
}

bool is_about_subscriptions(const Command& command) {
  return command.group == "pubsub" && command.name.ends_with("SUBSCRIBE");
}

// A client of the text protocol or RESP2 could not tell its reply from a message.
Failure is_following_something(const Command& command, const Follower& follower) {
  return Failure(Code::kState,
                 fmt::format("{} cannot be executed while this connection follows {}", command.name,
                             follower.what()),
                 "UNFOLLOW, or another connection, or RESP3", {});
}

// A client of the text protocol or RESP2 could not tell its reply from a message.
Failure is_subscribed_to_something(const Command& command, const Command& row) {
  return Failure(
      Code::kState,
      fmt::format("{} cannot be executed while this connection listens to channels", row.name),
      "UNSUBSCRIBE and PUNSUBSCRIBE, or another connection, or RESP3",
      fmt::format("ERR Can't execute '{}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / "
                  "RESET are allowed in this context",
                  acl::full_name(command, row)));
}

bool may_interrupt_messages(const Command& command) {
  constexpr std::string_view kWords[] = {"PING", "EXIT", "RESET"};
  return is_about_subscriptions(command) ||
         std::any_of(std::begin(kWords), std::end(kWords),
                     [&](std::string_view word) { return original(command).name == word; });
}

bool may_interrupt_following(const Command& command) {
  constexpr std::string_view kWords[] = {"UNFOLLOW", "EXIT", "RESET", "PING"};
  return std::any_of(std::begin(kWords), std::end(kWords),
                     [&](std::string_view word) { return original(command).name == word; });
}

// Commands that are executed at once between MULTI and EXEC.
bool is_never_queued(const Command& command) {
  constexpr std::string_view kWords[] = {"EXEC",  "DISCARD", "MULTI",  "WATCH",
                                         "RESET", "EXIT",    "ONERROR"};
  return std::any_of(std::begin(kWords), std::end(kWords),
                     [&](std::string_view word) { return original(command).name == word; });
}

// Turns exceptions, such as that of missing memory, into errors.
template <class Run>
Outcome guarded(Run run) {
  try {
    return run();
  } catch (const std::bad_alloc&) {
    return fail(out_of_memory());
  } catch (const std::length_error&) {
    return fail(out_of_memory());
  } catch (const std::exception& error) {
    return fail(Code::kIo, error.what());
  }
}

// Approximate bytes of memory of a reply.
std::size_t memory_of(const Reply& reply) {
  std::size_t bytes = sizeof reply + reply.text.size();
  for (const Reply& item : reply.items) bytes += memory_of(item);
  return bytes;
}

}  // namespace

Session::Session(Store& store, const Info& info)
    : store_(store),
      info_(info),
      id_(next_id()),
      notices_(info.server == nullptr ? nullptr : &info.server->keyspace_events(),
               info.server == nullptr ? nullptr : &info.server->counts(), id_),
      data_(store, notices_),
      login_(info.users, info.client, info.peer) {
  note_user();
}

// Commits what was written, even if no client gets a reply any more.
Session::~Session() {
  if (notices_.has_uncommitted()) (void)commit();
}

void Session::note_user() {
  card_.change_names([&](ClientCard::Names& names) { names.user = login_.user_name(); });
}

Outcome Session::log_in(std::string_view name, std::string_view password) {
  KV_TRY(login_.log_in(name, password));
  note_user();
  return {};
}

Session::Executed Session::execute(Args argv, ReplySink& reply) {
  acknowledges_write_ = false;
  executed_ = nullptr;
  reply.start();
  const InCommandSection inside(*card_.section);
  Outcome outcome = card_.is_killed() ? fail(killed()) : run_guarded(argv, reply);
  if (waiting_) [[unlikely]]
    outcome = begin_wait(argv, reply);
  else
    serve_waiters();
  return finish(std::move(outcome), reply);
}

Session::Executed Session::finish(Outcome outcome, ReplySink& reply) {
  if (scratch_.capacity() > kKeptScratch) std::string().swap(scratch_);
  if (!awaited_.empty()) [[unlikely]]
    await_awaited();
  if (waiting_) [[unlikely]] {
    card_.begin_wait();
    return {.waits = true, .failure = {}};
  }
  card_.forget_wait();
  if (outcome) return {.acknowledges_write = acknowledges_write_, .failure = {}};
  failed_ = true;
  return {.was_refused = executed_ == nullptr,
          .failure = answer_failure(std::move(outcome.error()), reply)};
}

void Session::await_others() {
  if (info_.server == nullptr) return;
  CommandSections all = info_.server->sections();
  awaited_.insert(awaited_.end(), all.begin(), all.end());
}

// Not within EXEC, which holds the writer lock, but after it.
void Session::await_awaited() {
  hold_.reset();
  card_.section->leave();
  const std::uint64_t change = CommandSection::note_change();
  for (const auto& section : std::exchange(awaited_, {})) section->await(change);
}

// An error reply does not acknowledge a write.
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
  return guarded([&] { return run(argv, reply); });
}

Outcome Session::run(Args argv, ReplySink& reply) {
  if (argv.empty()) return fail(Code::kUnknown, "there is no command", "HELP");
  if (stop_at_error_ && failed_ && !is_on_error(argv)) return fail(skipped());
  const Checked<acl::Found> found = find_command_of(argv, queue_ ? Words::kQueued : Words::kAll);
  if (!found) {
    is_replica_ |= same_word(argv[0], "REPLCONF") || same_word(argv[0], "PSYNC");
    return fail(refuse(argv, found.error()));
  }
  const Command& row = *found->row;
  const bool is_subcommand = &row != found->command;
  const std::size_t words = argv.size() - (is_subcommand ? 2 : 1);
  if (dialect_ != Dialect::kText && words < static_cast<std::size_t>(row.redis_min)) {
    return fail(refuse(argv, is_subcommand ? wrong_arity_of_subcommand(*found->command, row, argv)
                                           : wrong_arity(row, argv)));
  }
  if (following_ && dialect_ != Dialect::kResp3 && !may_interrupt_following(*found->command)) {
    return fail(is_following_something(row, *following_->follower));
  }
  if (is_subscribed() && dialect_ != Dialect::kResp3 && !may_interrupt_messages(*found->command)) {
    return fail(refuse(argv, is_subscribed_to_something(*found->command, row)));
  }
  if (!login_.may_everything()) {
    if (auto denied = find_denial(*found, argv)) return fail(refuse(argv, std::move(*denied)));
  }
  if (!queue_ || is_never_queued(*found->command)) return run(row, argv, reply);
  return enqueue(row, argv, reply);
}

// What was permitted when it was queued may be denied when it is executed.
std::optional<Failure> Session::find_denial(const acl::Found& found, Args argv) {
  using When = acl::Login::When;
  return login_.check(found, argv,
                      executes_queue_ ? When::kInExec
                      : queue_        ? When::kInMulti
                                      : When::kAtOnce);
}

// Refuses a command without executing it. A refused EXEC ends the queue.
Failure Session::refuse(Args argv, Failure failure) {
  if (queue_) queue_->refuse();
  if (!same_word(argv[0], "EXEC")) return failure;
  end_queue();
  constexpr std::string_view kPrefix = "ERR ";
  if (failure.redis.starts_with(kPrefix)) failure.redis.erase(0, kPrefix.size());
  failure.redis.insert(0, "EXECABORT Transaction discarded because of: ");
  return failure;
}

// The row that is executed may be a subcommand's.
Checked<acl::Found> Session::find_command_of(Args argv, Words words) {
  const Command* const command = find_command(argv[0]);
  if (command == nullptr) return fail(unknown_command(argv));
  const auto fits = [words](const Command& row, std::size_t count) {
    const bool is_late = words == Words::kQueued && row.has(kLateArity);
    return row.takes(count) || (is_late && row.is_too_many(count));
  };
  const bool has_stray = command->has(kOwnOptions) && has_stray_word(*command, argv);
  if (!fits(*command, argv.size() - 1) || has_stray) return fail(wrong_arity(*command, argv));
  if (command->subcommands.empty() || argv.size() == 1) return acl::Found{command, command};
  const Command* const subcommand = find_subcommand(*command, argv[1]);
  if (subcommand == nullptr) return fail(unknown_subcommand(*command, argv[1]));
  if (!fits(*subcommand, argv.size() - 2)) {
    return fail(wrong_arity_of_subcommand(*command, *subcommand, argv));
  }
  return acl::Found{command, subcommand};
}

Outcome Session::run(const Command& command, Args argv, ReplySink& reply) {
  // Note it before the handler runs, which may write and then throw. NIL of a DELETE waits for the
  // commit as well: the deletion that it reports may not be on the disk yet. A transaction writes
  // nothing before its end.
  if (command.has(kWrite) && !command.has(kTransaction) && !data_.in_transaction()) {
    note_write();
    hold_for_run();
  } else {
    hold_.reset();
  }
  waits_to_write_ = command.has(kWrite);
  card_.command.store(&command, std::memory_order_relaxed);
  executed_ = &command;
  if (stands_aside(command)) step_aside();
  // Subcommands such as OBJECT's and MEMORY's do not count: they inspect the storage of a key.
  const bool is_whole = !command.group.empty() && !command.has(kTransaction);
  notices_.begin_command(command.has(kRead) && is_whole);
  Call call{*this, command, argv, reply};
  return command.handler(call);
}

// Releases the lock from time to time during a long run, so that others get it.
void Session::hold_for_run() {
  constexpr std::uint32_t kLongestRun = 128;
  if (!hold_) run_ = 0;
  if (++run_ > kLongestRun) {
    hold_.reset();
    run_ = 1;
  }
  if (more_follow_ && !hold_) hold_.emplace(store_);
}

void Session::read_set_unlocked(std::string_view key) {
  hold_.reset();
  (void)store_.sorted_set(key);
}

// --- MULTI

Outcome Session::enqueue(const Command& command, Args argv, ReplySink& reply) {
  Outcome queued = queue(command, argv);
  if (!queued) {
    queue_->refuse();
    return queued;
  }
  ++card_.queued;
  executed_ = &command;
  if (may_change_something(command)) queue_->note_change();
  reply.status("QUEUED");
  return {};
}

Outcome Session::queue(const Command& command, Args argv) {
  if (command.has(kNoMulti)) return fail(not_in_multi(command));
  KV_TRY(take_memory(CommandQueue::memory_of(argv)));
  if (!queue_->add(argv)) return fail(queue_is_full());
  return {};
}

Status Session::watch(std::string_view key) {
  KV_TRY(take_memory(WatchedKeys::memory_of(key)));
  KV_TRY(watched_.add(key, data_));
  card_.watched = static_cast<std::uint32_t>(watched_.count());
  return {};
}

void Session::unwatch() {
  watched_ = {};
  card_.watched = 0;
}

std::size_t Session::queued_memory() const {
  return watched_.memory() + (queue_ ? queue_->memory() : 0);
}

bool Session::may_change_something(const Command& command) const {
  if (command.name == "EXEC") return queue_ && queue_->changes();
  return command.has(kWrite) || command.name == "COMMIT" || command.name == "PUBLISH" ||
         command.name == "SPUBLISH";
}

void Session::end_queue() {
  queue_.reset();
  unwatch();
  card_.queued = -1;
}

// Executes all commands in a transaction of the store, under the writer lock, so that no other
// write comes in between. Repeats them once more if something has expired in it.
Outcome Session::execute_queue(ReplySink& reply) {
  const CommandQueue queue = std::move(*queue_);
  const WatchedKeys watched = std::move(watched_);
  end_queue();
  if (queue.is_refused()) return fail(exec_aborted());
  const WriteHold hold(store_);
  executes_queue_ = true;
  Outcome done = guarded([&] { return execute_in_transaction(queue, watched, reply); });
  executes_queue_ = false;
  if (data_.in_transaction()) data_.rollback();  // there was no memory
  for (const Published& one : std::exchange(published_, {})) {
    if (!done) continue;
    (void)guarded([&]() -> Outcome {
      KV_TRY(publish(one.is_shard, one.channel, one.payload));
      return {};
    });
  }
  return done;
}

Outcome Session::execute_in_transaction(const CommandQueue& queue, const WatchedKeys& watched,
                                        ReplySink& reply) {
  while (true) {
    KV_TRY(data_.begin({}));
    std::vector<Answered> replies;
    const Checked<bool> executed = execute_all(queue, watched, &replies);
    if (!executed || !*executed) {
      data_.rollback();
      if (!executed) return fail(executed.error());
      reply.missing_array();
      return {};
    }
    // Before the commit, as there may be no memory for it: then nothing is done.
    write_answers(replies, reply);
    if (data_.has_writes()) note_write();
    const Status committed = data_.commit();
    if (committed) return {};
    if (committed.error().code != Code::kConflict) return fail(committed.error());
    reply.discard();
    reply.start();
  }
}

void Session::write_answers(const std::vector<Answered>& answers, ReplySink& reply) {
  reply.begin(Aggregate::kArray, answers.size());
  for (const Answered& one : answers) {
    if (one.reply.kind == Reply::Kind::kError) note_error();
    reply.speak(one.dialect);
    write(one.reply, reply);
  }
  reply.end();
}

// False: a watched key has changed.
Checked<bool> Session::execute_all(const CommandQueue& queue, const WatchedKeys& watched,
                                   std::vector<Answered>* replies) {
  published_.clear();
  KV_ASSIGN(const bool have_changed, watched.have_changed(data_));
  if (have_changed) return false;
  for (const std::vector<std::string>& words : queue.commands()) {
    const std::vector<std::string_view> argv(words.begin(), words.end());
    ReplyCollector collector;
    collector.start();
    if (Outcome outcome = run_guarded(argv, collector); !outcome) {
      answer_failure(std::move(outcome.error()), collector);
    }
    replies->push_back({collector.take(), dialect_});
    KV_TRY(take_memory(2 * memory_of(replies->back().reply)));
  }
  return true;
}

std::string& Session::scratch() {
  scratch_.clear();
  return scratch_;
}

void Session::reset() {
  end_following();
  subscriptions_.reset();
  note_subscriptions();
  end_queue();
  data_.rollback();
  login_.log_out();
  note_user();
  card_.change_names([](ClientCard::Names& names) { names.client.clear(); });
  if (info_.server != nullptr && card_.monitors.exchange(false)) info_.server->monitor(id_, false);
  set_reply_mode(ReplyMode::kOn);
  sync_own_writes(false);
  stop_at_error(false);
  if (dialect_ != Dialect::kText) dialect_ = Dialect::kResp2;
}

Status Session::commit() {
  hold_.reset();
  notices_.flush_looks();
  if (!uncommitted_) return {};
  uncommitted_ = false;
  return tell_of_commit(syncs_own_writes_ ? store_.sync() : store_.commit());
}

Status Session::tell_of_commit(Status committed) {
  if (!notices_.has_uncommitted()) return committed;
  if (committed)
    notices_.committed();
  else
    notices_.forget_uncommitted();
  return committed;
}

std::optional<Status> Session::commit(CommitWaiter& waiter) {
  hold_.reset();
  if (!uncommitted_ || syncs_own_writes_ || notices_.has_uncommitted()) return commit();
  notices_.flush_looks();
  uncommitted_ = false;
  return store_.commit(waiter);
}

std::optional<ServerFacts> Session::server_facts() const {
  if (info_.server == nullptr) return {};
  return info_.server->facts();
}

std::uint64_t Session::last_written() {
  // Not while the command waits for it: others continue to write.
  if (!waiting_) {
    if (const auto seq = store_.last_seq()) last_written_ = *seq;
  }
  return last_written_;
}

// Replies about subscriptions are sent as messages, as in Redis.
bool Session::takes_reply_back() {
  const bool is_sent = std::exchange(pushes_reply_, false);
  if (skips_ > 0) {
    if (--skips_ == 0 && reply_mode_ == ReplyMode::kSkip) reply_mode_ = ReplyMode::kOn;
    return !is_sent;
  }
  return reply_mode_ == ReplyMode::kOff && !is_sent;
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
