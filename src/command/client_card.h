// What others may see of a session: CLIENT LIST and INFO.
//
// Thread rule: the session's thread changes it, any reads it.
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

  // --- What it does, as of its newest command. Approximate to who looks meanwhile.
  std::atomic<const Command*> command{nullptr};
  std::atomic<int> queued{-1};            // between MULTI and EXEC; -1: it is not
  std::atomic<std::uint32_t> watched{0};  // keys
  std::atomic<bool> speaks_resp3{false};
  std::atomic<bool> is_held{false};  // its newest command, by CLIENT PAUSE
  std::atomic<bool> follows{false};
  std::atomic<bool> monitors{false};
  std::atomic<std::uint32_t> channels{0}, patterns{0}, shard_channels{0};  // that it listens to

  // --- What it follows, and how far that has come (follower.h).
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

  // --- A command that waits. Either it takes what it waits for, or another thread has ended the
  // wait before (CLIENT UNBLOCK): whoever changes the state first.
  bool waits() const { return wait_.load(std::memory_order_relaxed) == Wait::kWaits; }
  // It has found nothing, and waits, or goes on waiting.
  void begin_wait() { change_wait(Wait::kNone, Wait::kWaits); }
  // False: the wait was ended before, and it must not take anything.
  bool take() { return change_wait(Wait::kWaits, Wait::kNone) || !asked_end(); }
  // It is answered.
  void forget_wait() { wait_.store(Wait::kNone, std::memory_order_relaxed); }
  // Any thread: the front end is to be woken afterwards. False: it does not wait, or not any more.
  bool end_wait(WaitEnd how) {
    return change_wait(Wait::kWaits, how == WaitEnd::kTimeout ? Wait::kTimedOut : Wait::kUnblocked);
  }
  std::optional<WaitEnd> asked_end() const {
    const Wait wait = wait_.load(std::memory_order_relaxed);
    if (wait == Wait::kTimedOut) return WaitEnd::kTimeout;
    return wait == Wait::kUnblocked ? std::optional(WaitEnd::kUnblocked) : std::nullopt;
  }

  // --- CLIENT KILL, from another thread: it executes nothing more, and nobody is shown it. The
  // front end is to be woken afterwards, and what it executes just then awaited.
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
