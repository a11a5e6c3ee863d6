// What others may see of a session: CLIENT LIST and INFO.
//
// Thread rule: the session's thread changes it, any reads it.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "src/base/mutex.h"
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
  std::atomic<bool> waits{false};
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

  // --- CLIENT UNBLOCK, from another thread: the front end is to be woken afterwards.
  void ask_end_of_wait(WaitEnd how) { asked_end_.store(static_cast<int>(how)); }
  std::optional<WaitEnd> asked_end() const {
    const int asked = asked_end_.load(std::memory_order_relaxed);
    return asked < 0 ? std::nullopt : std::optional(static_cast<WaitEnd>(asked));
  }
  void forget_end_of_wait() { asked_end_.store(-1, std::memory_order_relaxed); }

 private:
  std::atomic<int> asked_end_{-1};
  std::atomic<std::uint64_t> reached_{0};
  mutable Mutex mutex_;
  Names names_ KV_GUARDED_BY(mutex_);
  std::optional<std::string> followed_key_ KV_GUARDED_BY(mutex_);
};

}  // namespace kvstore::command
