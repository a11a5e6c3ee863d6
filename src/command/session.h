// A session: one client's view of a store, whoever the client is (shell,
// script, connection). Not thread-safe; one thread uses it at a time. The store
// must outlive it.
//
// Writes executed here are not waited for one by one: execute as many requests
// as have arrived, then commit() once, then send the replies. That is how a
// pipeline shares one sync.
//
// Between BEGIN and COMMIT its commands are those of a transaction (data.h), which ends with
// the session if not before: then nothing of it is written. Between MULTI and EXEC they wait in
// a queue (multi.h), and are then executed in a transaction of their own.
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
  // What the front end adds. All may be left out.
  struct Info {
    ServerControl* server = nullptr;
    // Called before a reply takes so many more bytes of memory: false if they are
    // not to be had. The front end keeps count of what replies still hold.
    bool (*take_memory)(void* context, std::size_t bytes) = nullptr;
    // Values and lists of more bytes than this are given to the sink as a ReplyStream.
    std::size_t stream_above = SIZE_MAX;
    // Longer ones are refused: what protocols have for the longest.
    std::uint64_t longest_value = kMaxValueSize;
    // A long list is gone over beforehand, as most protocols say how many items there are before
    // the first. Without, its stream is kUncounted, and damage shows where it is met.
    bool counts_lists = true;
    // The front end waits for news (waiting.h) beside what else it waits for, and is called, by any
    // thread and with locks held, when there may be some. Without, execute() waits itself.
    void (*wake)(void* context) = nullptr;
    // Whether nobody is there any more to have what a command that waits would take.
    bool (*is_gone)(void* context) = nullptr;
    // SCRUB answers when its pass has ended: for who leaves after the last answer.
    bool waits_for_scrub = false;
    // Who may do what; none: whoever has the session may do everything.
    acl::Users* users = nullptr;
    std::string client = {};  // how others call it: its number and address
    std::string peer = {};    // whose wrong passwords are counted together: its address
    void* context = nullptr;
  };

  // Two, as a default argument `Info{}` needs the class to be complete.
  explicit Session(Store& store) : Session(store, Info{}) {}
  Session(Store& store, const Info& info);
  ~Session();

  struct Executed {
    // The reply acknowledges a write: it may only be sent after commit() has succeeded,
    // and must turn into that commit's error otherwise.
    bool acknowledges_write = false;
    // Nothing is answered yet: go_on() when is_due(), and no other command before. Only where there
    // is Info::wake.
    bool waits = false;
    // It was not executed nor queued: no such command, too few words, not allowed.
    bool was_refused = false;
    std::optional<Failure> failure;  // what the reply says, if it is an error
  };
  // Runs one command, whose reply goes into `reply`. argv[0] is the command word. Throws
  // nothing but what `reply` throws of an error; never blocks for durability.
  Executed execute(Args argv, ReplySink& reply);
  // The same as a Reply. `streams`: whether one that is a stream is left so.
  Reply execute(Args argv, ReplyCollector::Streams streams = ReplyCollector::Streams::kHeld);

  // --- a command that waits. What was executed before it is to be committed, and its reply sent,
  // meanwhile.
  bool is_waiting() const { return waiting_ != nullptr; }
  // That the wait holds, about.
  std::size_t waiting_memory() const { return waiting_ ? waiting_memory_ : 0; }
  // That what waits for EXEC takes, and what is watched, about.
  std::size_t queued_memory() const;
  // That what it listens to takes, about.
  std::size_t subscription_memory() const { return subscriptions_ ? subscriptions_->memory() : 0; }
  // Whatever is waited for, be it messages: whether it is time to look, and when it will be, if
  // nobody calls wake().
  bool is_due() const;
  std::optional<WaitClock::time_point> due_at() const;
  Executed go_on(ReplySink& reply);
  // It answers with the next go_on(), which is due at once.
  void end_wait(WaitEnd how);
  // The client sends no more, and may be gone: who would take something away ends the wait at
  // once, as if its time were over, anybody else at `until`.
  void limit_wait(WaitClock::time_point until);

  // It waits, is still wanted, and may write when it goes on: CLIENT PAUSE holds it.
  bool may_write_later() const {
    return waiting_ && waits_to_write_ && !waiting_->end() && !card_.asked_end();
  }

  // --- messages of what is followed, after FOLLOW was answered.
  bool is_following() const { return following_ != nullptr; }
  // Writes the next message, or the error that ends them. Nothing: wait until is_due().
  Follower::Step next_message(ReplySink& reply);
  // Blocks until is_due(), where there is no Info::wake. False: cancelled.
  bool await_message();

  // --- messages of channels, after SUBSCRIBE. Only where there is Info::wake, which is called when
  // there are some.
  bool is_subscribed() const { return subscriptions_ && subscriptions_->count() > 0; }
  bool has_messages() const { return subscriptions_ && subscriptions_->has_messages(); }
  // It has read too slowly: some are lost, and it is to be closed.
  bool has_fallen_behind() const { return subscriptions_ && subscriptions_->has_fallen_behind(); }
  // Writes those that have come by now, until `is_enough` or one that is a stream. False: some are
  // left for another call.
  bool write_messages(ReplySink& reply, const std::function<bool()>& is_enough);

  // Requests wait behind the one that is executed next. The writes among them are then
  // made under one hold of the store's writer lock, up to the next command that is none.
  void set_more_follow(bool more) { more_follow_ = more; }

  // Makes what this session wrote since the last commit as durable as the
  // policy promises; a no-op if it wrote nothing.
  Status commit();
  // nullopt: it is another thread that does it, and tells `waiter` (src/store/commit_waiter.h).
  std::optional<Status> commit(CommitWaiter& waiter);
  bool has_uncommitted() const { return uncommitted_; }

  // Like an error that execute() answered, for one that never got there: the
  // parser's. Every front end that goes on after such an error says so here.
  void note_error() { failed_ = true; }
  // ONERROR STOP: after an error, nothing but ONERROR is executed. Forgets the
  // errors before.
  void stop_at_error(bool stop) {
    stop_at_error_ = stop;
    failed_ = false;
  }

  // After BEGIN, also of one that was rolled back for a limit, until COMMIT or ROLLBACK; after
  // MULTI until EXEC or DISCARD.
  bool in_transaction() const { return data_.in_transaction() || queue_.has_value(); }
  // Whether the reply of the command that was executed last is left out. Once for each command.
  bool takes_reply_back();
  // EXIT or QUIT was executed: answer, then close.
  bool exiting() const { return exiting_; }

  // Its user was removed, or may not listen to its channels, or monitor, any more: nothing is
  // executed for it.
  bool has_lost_user();
  bool is_logged_in() { return login_.is_logged_in(); }

  // --- for the handlers
  acl::Login& login() { return login_; }
  Outcome log_in(std::string_view name, std::string_view password);
  // The row that `argv` would execute: its words are known, and their number is right. kQueued: or
  // is an error only when it is executed.
  enum class Words : std::uint8_t { kAll, kQueued };
  static Checked<acl::Found> find_command_of(Args argv, Words words = Words::kAll);
  Data& data() { return data_; }
  Store& store() { return store_; }
  void exit() { exiting_ = true; }
  // What the handler does next may write: its reply waits for the commit.
  void note_write() { uncommitted_ = acknowledges_write_ = true; }
  // See waiting.h. Not while the writer lock is held.
  bool wait_for(const Waiting& what);
  // Of the keys that the command waits for, the numbers of those that were written since it was
  // executed last, in the order of the writes.
  std::vector<std::uint32_t> take_written_keys();
  // Before a command that may have waited takes something, in the write that does: whether its
  // client is there, and CLIENT UNBLOCK has not ended the wait. From then on it is answered that.
  bool may_take();
  // The reply of the command that is executed waits until what this client, or any other, is
  // executing meanwhile has ended (command_section.h).
  void await(std::shared_ptr<const CommandSection> section) {
    awaited_.push_back(std::move(section));
  }
  void await_others();
  // The command that is executed changes no data from now on, and may take long: nobody awaits it.
  void step_aside() {
    if (!executes_queue_) card_.section->leave();
  }
  // FOLLOW, as `argv` says, whose user's rules are asked again when they change; UNFOLLOW.
  void follow(std::unique_ptr<Follower> follower, Args argv);
  void end_following() {
    following_.reset();
    card_.follows = false;
  }
  // SUBSCRIBE and its kin. kState where nobody publishes: shells, scripts.
  Checked<Subscriptions*> subscriptions();
  // Of those, as others see it.
  void note_subscriptions();
  // How many it is for. In EXEC it is sent when all is committed.
  Checked<std::uint64_t> publish(bool is_shard, std::string_view channel, std::string_view payload);
  // MULTI, EXEC, DISCARD, WATCH. The two in the middle need a queue.
  bool is_queueing() const { return queue_.has_value(); }
  bool executes_queue() const { return executes_queue_; }
  // Whether others may see that it was executed, EXEC by what is queued: CLIENT PAUSE WRITE holds
  // it.
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
  // As if the client had connected anew.
  void reset();
  // Null in shells and scripts.
  ServerControl* server_control() const { return info_.server; }
  std::optional<ServerFacts> server_facts() const;
  bool streams() const { return info_.stream_above != SIZE_MAX && !executes_queue_; }
  bool waits_for_scrub() const { return info_.waits_for_scrub; }
  std::size_t stream_above() const { return info_.stream_above; }
  std::uint64_t longest_value() const { return info_.longest_value; }
  bool counts_lists() const { return info_.counts_lists; }
  // Before a reply takes so much memory beyond a few KiB. kLimit: it must not.
  Status take_memory(std::size_t bytes);
  // An empty string whose memory is kept from command to command, if it is not much.
  std::string& scratch();
  // As the front end found the request to be, or HELLO chose.
  Dialect dialect() const { return dialect_; }
  void set_dialect(Dialect dialect) {
    dialect_ = dialect;
    card_.speaks_resp3.store(dialect == Dialect::kResp3, std::memory_order_relaxed);
  }
  // Unique within the process, counting from 1.
  std::uint64_t id() const { return id_; }
  // What others see of it.
  ClientCard& card() { return card_; }
  const ClientCard& card() const { return card_; }
  // CLIENT REPLY: which replies the front end leaves out; that of the command itself, too.
  enum class ReplyMode : std::uint8_t { kOn, kOff, kSkip };
  void set_reply_mode(ReplyMode mode) {
    reply_mode_ = mode;
    skips_ = mode == ReplyMode::kSkip ? 2 : 0;
  }
  // The reply of the command that is executed is a message, which CLIENT REPLY leaves alone.
  void push_reply() { pushes_reply_ = true; }
  // The reply of the command that is executed is left out.
  void skip_reply() { skips_ = 1; }
  // SYNC ON: commit() makes durable what this session writes, whatever the policy.
  void sync_own_writes(bool on) {
    syncs_own_writes_ = on;
    notices_.set_strict(on);
  }
  // The newest version when the command that is executed was executed first.
  std::uint64_t last_written();
  // It has said what Redis' replicas say.
  bool is_replica() const { return is_replica_; }

 private:
  Status tell_of_commit(Status committed);
  Executed finish(Outcome outcome, ReplySink& reply);
  void await_awaited();
  Failure answer_failure(Failure failure, ReplySink& reply);
  Outcome begin_wait(Args argv, ReplySink& reply);
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
    Dialect dialect;  // HELLO in between chooses another
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
  bool counts_as_unwanted();           // the reply of the newest command
  const Command* executed_ = nullptr;  // the newest, or queued; none: it was refused
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
  std::uint64_t checked_users_ = 0;  // the version of the users that may listen to them
  struct Published {
    bool is_shard;
    std::string_view channel, payload;  // words of the queue
  };
  std::vector<Published> published_;  // by what EXEC executes
  std::optional<WriteHold> hold_;     // within a run of writes
  std::uint32_t run_ = 0;             // writes under it
  bool more_follow_ = false;
  bool uncommitted_ = false;
  bool exiting_ = false;
  bool stop_at_error_ = false;
  bool failed_ = false;  // since stop_at_error()
  bool waits_to_write_ = false;
  ReplyMode reply_mode_ = ReplyMode::kOn;
  int skips_ = 0;  // replies that are left out
  bool syncs_own_writes_ = false;
  bool is_replica_ = false;
  bool pushes_reply_ = false;
  std::uint64_t last_written_ = 0;
  bool executes_queue_ = false;      // EXEC is under way
  bool acknowledges_write_ = false;  // the reply of the command that is executed
  Dialect dialect_ = Dialect::kText;
};

// commit()s and, if that fails, turns every reply that acknowledges a write
// into the failure. What every front end does before it sends `replies`.
Status commit_replies(Session& session, std::vector<Reply>& replies);

}  // namespace kvstore::command
