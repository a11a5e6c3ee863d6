// The public state of a session, as in CLIENT LIST and CLIENT INFO.
//
// Thread rule: the session's thread writes, any thread reads.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "src/base/mutex.h"
#include "src/command/command_section.h"
#include "src/command/waiting.h"

namespace kvstore::command {

struct Command;

class ClientCard {
 public:
  struct Names {
    std::string client;                    // CLIENT SETNAME
    std::string library, library_version;  // CLIENT SETINFO
    std::string user = "default";
  };
  Names names() const KV_EXCLUDES(mutex_) {
    const MutexLock lock(mutex_);
    return names_;
  }
  template <class Change>
  void change_names(Change change) KV_EXCLUDES(mutex_) {
    const MutexLock lock(mutex_);
    change(names_);
  }

  // --- The activity as of the newest command; approximate for concurrent readers.
  std::atomic<const Command*> command{nullptr};
  std::atomic<int> queued{-1};            // commands between MULTI and EXEC; -1: not in MULTI
  std::atomic<std::uint32_t> watched{0};  // number of keys
  std::atomic<bool> speaks_resp3{false};
  std::atomic<bool> is_held{false};  // CLIENT PAUSE holds its newest command
  std::atomic<bool> follows{false};
  std::atomic<bool> monitors{false};
  std::atomic<std::uint32_t> channels{0}, patterns{0}, shard_channels{0};  // its subscriptions

  // --- What it follows, and the position reached (follower.h).
  struct Following {
    std::optional<std::string> key;
    std::uint64_t reached = 0;
  };
  void begin_following(const std::string* key, std::uint64_t reached) KV_EXCLUDES(mutex_) {
    note_reached(reached);
    const MutexLock lock(mutex_);
    followed_key_ = key != nullptr ? std::optional(*key) : std::nullopt;
    follows = true;
  }
  void note_reached(std::uint64_t reached) { reached_.store(reached, std::memory_order_relaxed); }
  std::optional<Following> following() const KV_EXCLUDES(mutex_) {
    if (!follows) return std::nullopt;
    const MutexLock lock(mutex_);
    return Following{followed_key_, reached_.load(std::memory_order_relaxed)};
  }

  // --- A command that waits. Either it takes what it waits for, or another thread ends the wait
  // first (CLIENT UNBLOCK): the first change of the state decides.
  bool waits() const { return wait_.load(std::memory_order_relaxed) == Wait::kWaits; }
  // The command has found nothing, and waits, or continues to wait.
  void begin_wait() { change_wait(Wait::kNone, Wait::kWaits); }
  // False: the wait was ended before, and the command must not take anything.
  bool take() { return change_wait(Wait::kWaits, Wait::kNone) || !asked_end(); }
  // The command was answered.
  void forget_wait() { wait_.store(Wait::kNone, std::memory_order_relaxed); }
  // Any thread; the front end must be woken afterwards. False: no command waits.
  bool end_wait(WaitEnd how) {
    return change_wait(Wait::kWaits, how == WaitEnd::kTimeout ? Wait::kTimedOut : Wait::kUnblocked);
  }
  std::optional<WaitEnd> asked_end() const {
    const Wait wait = wait_.load(std::memory_order_relaxed);
    if (wait == Wait::kTimedOut) return WaitEnd::kTimeout;
    return wait == Wait::kUnblocked ? std::optional(WaitEnd::kUnblocked) : std::nullopt;
  }

  // --- CLIENT KILL, by another thread: the session executes nothing more and is not listed.
  // Afterwards wake the front end, and await the command that is being executed.
  void kill() { is_killed_.store(true, std::memory_order_relaxed); }
  bool is_killed() const { return is_killed_.load(std::memory_order_relaxed); }

  // May outlive the session.
  const std::shared_ptr<CommandSection> section = std::make_shared<CommandSection>();

 private:
  enum class Wait : std::uint8_t { kNone, kWaits, kTimedOut, kUnblocked };
  bool change_wait(Wait from, Wait to) { return wait_.compare_exchange_strong(from, to); }

  std::atomic<Wait> wait_{Wait::kNone};
  std::atomic<bool> is_killed_{false};
  std::atomic<std::uint64_t> reached_{0};
  mutable Mutex mutex_;
  Names names_ KV_GUARDED_BY(mutex_);
  std::optional<std::string> followed_key_ KV_GUARDED_BY(mutex_);
};

}  // namespace kvstore::command
