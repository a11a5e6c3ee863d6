// A session: the commands and state of one client of a store, be it a shell, a script or a
// connection. Not thread-safe; one thread uses it at a time. The store must outlive it.
//
// Writes return without waiting for a sync: execute all requests that have arrived, call commit()
// once, and then send the replies. So a pipeline shares one sync.
//
// Between BEGIN and COMMIT the commands belong to a transaction (data.h); if the session ends
// before COMMIT, nothing of it is written. Between MULTI and EXEC commands wait in a queue
// (multi.h), and EXEC executes them in a transaction.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "src/base/status.h"
#include "src/command/acl/login.h"
#include "src/command/data.h"
#include "src/command/dialect.h"
#include "src/command/failure.h"
#include "src/command/follower.h"
#include "src/command/multi.h"
#include "src/command/reply.h"
#include "src/command/reply_sink.h"
#include "src/command/server_control.h"
#include "src/command/subscriptions.h"
#include "src/command/table.h"
#include "src/command/waiting.h"
#include "src/store/store.h"

namespace kvstore::command {

class Session {
 public:
  // Options set by the front end. All are optional.
  struct Info {
    ServerControl* server = nullptr;
    // Called before a reply takes `bytes` more bytes of memory; false if there are not enough. The
    // front end accounts for the memory that replies hold.
    bool (*take_memory)(void* context, std::size_t bytes) = nullptr;
    // Longer values and lists, in bytes, are passed to the sink as a ReplyStream.
    std::size_t stream_above = SIZE_MAX;
    // Values longer than this are refused: the limit of the protocol.
    std::uint64_t longest_value = kMaxValueSize;
    // Long lists are walked in advance to count their items, because most protocols send the number
    // first. If false, such a list has a stream that is kUncounted, and damage is found only while
    // it is sent.
    bool counts_lists = true;
    // Set if the front end waits for several things at once; it is called, on any thread and with
    // locks held, when a command that waits (waiting.h) may continue. If null, execute() itself
    // blocks.
    void (*wake)(void* context) = nullptr;
    // Whether the client has gone, so that a command that waits must not take anything for it.
    bool (*is_gone)(void* context) = nullptr;
    // SCRUB answers only when its pass has ended: for a program that exits after the last reply.
    bool waits_for_scrub = false;
    // The users with their permissions; null: every session may do everything.
    acl::Users* users = nullptr;
    std::string client = {};  // the client's number and address, for messages
    std::string peer = {};    // the address, by which failed logins are counted
    void* context = nullptr;
  };

  // Two constructors, because a default argument `Info{}` needs a complete class.
  explicit Session(Store& store) : Session(store, Info{}) {}
  Session(Store& store, const Info& info);
  ~Session();

  struct Executed {
    // The reply acknowledges a write: it may only be sent after commit() has succeeded; otherwise
    // that error must be sent instead.
    bool acknowledges_write = false;
    // The command waits and has not replied: call go_on() when is_due(), and execute no other
    // command before. Only with Info::wake.
    bool waits = false;
    // The command was neither executed nor queued: it is unknown, has too few words, or is not
    // permitted.
    bool was_refused = false;
    std::optional<Failure> failure;  // set if the reply is an error
  };
  // Executes one command and writes its reply to `reply`. argv[0] is the command word. Throws only
  // what `reply` throws; never waits for durability.
  Executed execute(Args argv, ReplySink& reply);
  // The same with a Reply as result. `streams`: whether a stream is kept as one.
  Reply execute(Args argv, ReplyCollector::Streams streams = ReplyCollector::Streams::kHeld);

  // --- A command that waits. Meanwhile the writes before it must be committed, and their replies
  // sent.
  bool is_waiting() const { return waiting_ != nullptr; }
  // Bytes of memory that the wait holds (estimated).
  std::size_t waiting_memory() const { return waiting_ ? waiting_memory_ : 0; }
  // Bytes of memory of the commands queued for EXEC and of the watched keys (estimated).
  std::size_t queued_memory() const;
  // Bytes of memory of the subscriptions (estimated).
  std::size_t subscription_memory() const { return subscriptions_ ? subscriptions_->memory() : 0; }
  // Whether to look again now, for a command that waits or for messages; and the time at which to
  // look at the latest if wake() is not called.
  bool is_due() const;
  std::optional<WaitClock::time_point> due_at() const;
  Executed go_on(ReplySink& reply);
  // Ends the wait: the next go_on(), which is due at once, answers.
  void end_wait(WaitEnd how);
  // For a client that sends no more and may be gone: ends the wait as on a timeout, at once for a
  // command that would remove something, for others at `until`.
  void limit_wait(WaitClock::time_point until);

  // True for a command that waits, has not been ended, and may write when it continues: CLIENT
  // PAUSE holds it.
  bool may_write_later() const {
    return waiting_ && waits_to_write_ && !waiting_->end() && !card_.asked_end();
  }

  // --- Messages of FOLLOW, after its reply.
  bool is_following() const { return following_ != nullptr; }
  // Writes the next message, or the error that ends them. kNothing: wait until is_due().
  Follower::Step next_message(ReplySink& reply);
  // Blocks until is_due(), if there is no Info::wake. False: cancelled.
  bool await_message();

  // --- Messages of channels, after SUBSCRIBE. Only with Info::wake, which is called when messages
  // arrive.
  bool is_subscribed() const { return subscriptions_ && subscriptions_->count() > 0; }
  bool has_messages() const { return subscriptions_ && subscriptions_->has_messages(); }
  // True if the client has read too slowly: messages are lost, and it must be closed.
  bool has_fallen_behind() const { return subscriptions_ && subscriptions_->has_fallen_behind(); }
  // Writes the messages that have arrived, until `is_enough` returns true or after a message that
  // is a stream. False: some are left for another call.
  bool write_messages(ReplySink& reply, const std::function<bool()>& is_enough);

  // Tells that further requests follow the next command. Writes among them are then made under one
  // hold of the store's writer lock, up to the next command that does not write.
  void set_more_follow(bool more) { more_follow_ = more; }

  // Makes what this session has written since the last commit as durable as the policy requires; no
  // effect if it wrote nothing.
  Status commit();
  // The same, but nullopt if another thread will sync, and then notify `waiter`
  // (src/store/commit_waiter.h).
  std::optional<Status> commit(CommitWaiter& waiter);
  bool has_uncommitted() const { return uncommitted_; }

  // Counts an error like one that execute() answered, for a request that did not get there: a parse
  // error. Every front end that continues after such an error must call this.
  void note_error() { failed_ = true; }
  // ONERROR STOP: after an error only ONERROR is executed. Forgets earlier errors.
  void stop_at_error(bool stop) {
    stop_at_error_ = stop;
    failed_ = false;
  }

  // True after BEGIN until COMMIT or ROLLBACK, even if the transaction was rolled back at a limit;
  // and after MULTI until EXEC or DISCARD.
  bool in_transaction() const { return data_.in_transaction() || queue_.has_value(); }
  // Whether to omit the reply of the last command. Call it once for each command.
  bool takes_reply_back();
  // EXIT or QUIT was executed: send its reply, then close.
  bool exiting() const { return exiting_; }

  // True if its user was removed, or has lost the permission for its channels or for MONITOR: the
  // session executes nothing more.
  bool has_lost_user();
  bool is_logged_in() { return login_.is_logged_in(); }

  // --- For the handlers.
  acl::Login& login() { return login_; }
  Outcome log_in(std::string_view name, std::string_view password);
  // The row that `argv` would execute: checks the command words and the arity. kQueued: as MULTI
  // does, without the errors that are reported only at the execution.
  enum class Words : std::uint8_t { kAll, kQueued };
  static Checked<acl::Found> find_command_of(Args argv, Words words = Words::kAll);
  Data& data() { return data_; }
  Store& store() { return store_; }
  void exit() { exiting_ = true; }
  // Call it before a write: the reply then waits for the commit.
  void note_write() { uncommitted_ = acknowledges_write_ = true; }
  // See waiting.h. The caller must not hold the writer lock.
  bool wait_for(const Waiting& what);
  // The indexes of the keys that the command waits for and that were written since its last
  // execution, in the order of the writes.
  std::vector<std::uint32_t> take_written_keys();
  // Reads a sorted set into memory; whether that succeeds shows at the next use. The caller must
  // not hold the writer lock, and a run of writes leaves it.
  void read_set_unlocked(std::string_view key);
  // Whether another, who waits in turn for the key, takes what is there before this session.
  bool is_behind_others(std::string_view key) const;
  // Lets it do so. The caller must not hold the writer lock.
  void let_others_take(std::string_view key);
  // Call it in a write before a command that may have waited takes something: false if its client
  // has gone, or if CLIENT UNBLOCK has ended the wait. If true, the wait can no longer be ended.
  bool may_take();
  // Delays the reply of the present command until the commands that this or another client is
  // executing have ended (command_section.h).
  void await(std::shared_ptr<const CommandSection> section) {
    awaited_.push_back(std::move(section));
  }
  void await_others();
  // The present command changes no data from now on and may take long: others need not await it.
  void step_aside() {
    if (!executes_queue_) card_.section->leave();
  }
  // Starts FOLLOW, with the words `argv`; its permissions are checked again when users change.
  // end_following() is UNFOLLOW.
  void follow(std::unique_ptr<Follower> follower, Args argv);
  void end_following() {
    following_.reset();
    card_.follows = false;
  }
  // For SUBSCRIBE and related commands. kState in shells and scripts, where nothing is published.
  Checked<Subscriptions*> subscriptions();
  // Updates the subscriptions that CLIENT LIST shows.
  void note_subscriptions();
  // Returns the number of receivers. Within EXEC the message is sent after the commit.
  Checked<std::uint64_t> publish(bool is_shard, std::string_view channel, std::string_view payload);
  // MULTI, EXEC, DISCARD, WATCH. The second and third need a queue.
  bool is_queueing() const { return queue_.has_value(); }
  bool executes_queue() const { return executes_queue_; }
  // Whether others may see the effect of the command (for EXEC, of the queued commands): CLIENT
  // PAUSE WRITE holds it.
  bool may_change_something(const Command& command) const;
  void begin_queue() {
    queue_.emplace();
    card_.queued = 0;
  }
  Outcome execute_queue(ReplySink& reply);
  void end_queue();
  // kLimit and others.
  Status watch(std::string_view key);
  void unwatch();
  // Returns to the state of a new connection.
  void reset();
  // Null in shells and scripts.
  ServerControl* server_control() const { return info_.server; }
  std::optional<ServerFacts> server_facts() const;
  bool streams() const { return info_.stream_above != SIZE_MAX && !executes_queue_; }
  bool waits_for_scrub() const { return info_.waits_for_scrub; }
  std::size_t stream_above() const { return info_.stream_above; }
  std::uint64_t longest_value() const { return info_.longest_value; }
  bool counts_lists() const { return info_.counts_lists; }
  // Call it before a reply takes more than a few KiB of memory. kLimit: there is not enough.
  Status take_memory(std::size_t bytes);
  // An empty string whose buffer is reused by all commands, unless it is large.
  std::string& scratch();
  // The format of the request as the front end found it, or as HELLO has chosen.
  Dialect dialect() const { return dialect_; }
  void set_dialect(Dialect dialect) {
    dialect_ = dialect;
    card_.speaks_resp3.store(dialect == Dialect::kResp3, std::memory_order_relaxed);
  }
  // Unique within the process, from 1 on.
  std::uint64_t id() const { return id_; }
  // The state that other sessions can see.
  ClientCard& card() { return card_; }
  const ClientCard& card() const { return card_; }
  // CLIENT REPLY: which replies are omitted, including that of the command itself.
  enum class ReplyMode : std::uint8_t { kOn, kOff, kSkip };
  void set_reply_mode(ReplyMode mode) {
    reply_mode_ = mode;
    skips_ = mode == ReplyMode::kSkip ? 2 : 0;
  }
  // Marks the present command's reply as a message, which CLIENT REPLY does not omit.
  void push_reply() { pushes_reply_ = true; }
  // Omits the reply of the present command.
  void skip_reply() { skips_ = 1; }
  // SYNC ON: commit() syncs this session's writes, whatever the policy.
  void sync_own_writes(bool on) {
    syncs_own_writes_ = on;
    notices_.set_strict(on);
  }
  // The newest version at the first execution of the present command.
  std::uint64_t last_written();
  // True if the client has sent the commands of a Redis replica.
  bool is_replica() const { return is_replica_; }

 private:
  Status tell_of_commit(Status committed);
  Executed finish(Outcome outcome, ReplySink& reply);
  void await_awaited();
  Failure answer_failure(Failure failure, ReplySink& reply);
  Outcome begin_wait(Args argv, ReplySink& reply);
  void serve_waiters();
  Outcome look_again(ReplySink& reply);
  std::function<void()> wake() const;
  Outcome run_guarded(Args argv, ReplySink& reply);
  Outcome run(Args argv, ReplySink& reply);
  Outcome run(const Command& command, Args argv, ReplySink& reply);
  void hold_for_run();

  std::optional<Failure> find_denial_of_following();
  std::optional<Failure> find_denial_of_monitoring();
  void note_user();
  std::optional<Failure> find_denial(const acl::Found& found, Args argv);
  Failure refuse(Args argv, Failure failure);
  Outcome enqueue(const Command& command, Args argv, ReplySink& reply);
  Outcome queue(const Command& command, Args argv);
  Outcome execute_in_transaction(const CommandQueue& queue, const WatchedKeys& watched,
                                 ReplySink& reply);
  struct Answered {
    Reply reply;
    Dialect dialect;  // HELLO in between can change it
  };
  void write_answers(const std::vector<Answered>& answers, ReplySink& reply);
  Checked<bool> execute_all(const CommandQueue& queue, const WatchedKeys& watched,
                            std::vector<Answered>* replies);

  Store& store_;
  const Info info_;
  const std::uint64_t id_;
  Notices notices_;
  Data data_;
  acl::Login login_;
  ClientCard card_;
  std::string scratch_;
  const Command* executed_ = nullptr;  // the newest command, also if queued; null: it was refused
  std::optional<CommandQueue> queue_;  // after MULTI
  WatchedKeys watched_;
  CommandSections awaited_;
  std::unique_ptr<WaitingCommand> waiting_;
  std::size_t waiting_memory_ = 0;
  struct Following {
    Following(std::unique_ptr<Follower> of, Args argv, Store& store, const Waiting& what,
              std::function<void()> wake)
        : follower(std::move(of)),
          words(argv.begin(), argv.end()),
          news(store, what, std::move(wake)) {}
    std::unique_ptr<Follower> follower;
    std::vector<std::string> words;  // of the command
    NewsWait news;
    bool may_have_more = true;
  };
  std::unique_ptr<Following> following_;
  std::unique_ptr<Subscriptions> subscriptions_;
  std::uint64_t checked_users_ = 0;  // version of the users at the last permission check
  struct Published {
    bool is_shard;
    std::string_view channel, payload;  // words in the queue
  };
  std::vector<Published> published_;  // by the commands that EXEC executes
  std::optional<WriteHold> hold_;     // within a run of writes
  std::uint32_t run_ = 0;             // writes in the present run
  bool more_follow_ = false;
  bool uncommitted_ = false;
  bool exiting_ = false;
  bool stop_at_error_ = false;
  bool failed_ = false;  // since stop_at_error()
  bool waits_to_write_ = false;
  std::uint64_t served_to_ = 0;  // the seq of the last write whose waiters were served
  ReplyMode reply_mode_ = ReplyMode::kOn;
  int skips_ = 0;  // number of replies to omit
  bool syncs_own_writes_ = false;
  bool is_replica_ = false;
  bool pushes_reply_ = false;
  std::uint64_t last_written_ = 0;
  bool executes_queue_ = false;      // EXEC is in progress
  bool acknowledges_write_ = false;  // the present command's reply does
  Dialect dialect_ = Dialect::kText;
};

// Calls commit(). If that fails, replaces every reply that acknowledges a write by the error. Every
// front end does this before it sends `replies`.
Status commit_replies(Session& session, std::vector<Reply>& replies);

}  // namespace kvstore::command
