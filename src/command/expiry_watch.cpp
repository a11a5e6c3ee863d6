#include "src/command/expiry_watch.h"

#include <algorithm>
#include <chrono>
#include <new>
#include <optional>
#include <system_error>
#include <utility>

#include "src/command/channels.h"
#include "src/store/iterator.h"
#include "src/store/snapshot.h"
#include "src/store/store.h"

namespace kvstore::command {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kAtOnce = 64;  // keys per hold of the writer lock
constexpr std::size_t kOfKey = 200;  // approximate bytes of a key besides its name
constexpr int kWait_ms = 100;        // for memory

}  // namespace

ExpiryWatch::~ExpiryWatch() {
  std::thread ending;
  {
    const MutexLock lock(mutex_);
    state_ = State::kEnding;
    ending.swap(thread_);
    changed_.notify_all();
  }
  if (ending.joinable()) ending.join();
  clear();
}

Status ExpiryWatch::start() {
  const MutexLock lock(mutex_);
  if (state_ != State::kStopped) return {};
  try {
    if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
  } catch (const std::system_error& error) {
    return fail(Code::kLimit, std::string("cannot begin a thread: ") + error.what());
  }
  state_ = State::kStarted;
  changed_.notify_all();
  return {};
}

void ExpiryWatch::stop() {
  const MutexLock lock(mutex_);
  state_ = State::kStopped;
  erase_all();
}

void ExpiryWatch::put(std::string_view key, std::uint64_t expires_at_ms) {
  const MutexLock lock(mutex_);
  put_one(key, expires_at_ms);
}

bool ExpiryWatch::put_all(std::span<const ToldChange> changes) noexcept {
  const MutexLock lock(mutex_);
  bool has_memory = true;
  for (const ToldChange& change : changes) {
    try {
      if (change.is_clear)
        erase_all();
      else if (change.expires_at_ms)
        put_one(change.key, *change.expires_at_ms);
    } catch (const std::bad_alloc&) {
      has_memory = false;
    }
  }
  return has_memory;
}

void ExpiryWatch::put_one(std::string_view key, std::uint64_t expires_at_ms) {
  if (state_ == State::kStopped) return;
  if (const auto known = times_.find(key); known != times_.end()) erase(known);
  if (expires_at_ms == 0 || !take_memory(kOfKey + key.size())) return;
  auto at = times_.end();
  try {
    at = times_.emplace(key, expires_at_ms).first;
    const auto place = order_.emplace(expires_at_ms, &at->first).first;
    if (place == order_.begin()) changed_.notify_all();
  } catch (const std::bad_alloc&) {
    if (at != times_.end())
      erase(at);
    else
      give_memory(kOfKey + key.size());
  }
}

bool ExpiryWatch::take_memory(std::size_t bytes) {
  if (bytes > kMostMemory - held_ || !memory_.take_memory(bytes)) return false;
  held_ += bytes;
  return true;
}

void ExpiryWatch::give_memory(std::size_t bytes) {
  memory_.give_memory(bytes);
  held_ -= bytes;
}

void ExpiryWatch::erase(Times::iterator at) {
  give_memory(kOfKey + at->first.size());
  order_.erase({at->second, &at->first});
  times_.erase(at);
}

bool ExpiryWatch::take_if_expired(std::string_view key, std::uint64_t then_ms) {
  const MutexLock lock(mutex_);
  const auto known = times_.find(key);
  if (known == times_.end() || known->second > then_ms) return false;
  erase(known);
  return true;
}

bool ExpiryWatch::clear() {
  const MutexLock lock(mutex_);
  erase_all();
  return false;
}

void ExpiryWatch::erase_all() {
  while (!times_.empty()) erase(times_.begin());
}

std::uint64_t ExpiryWatch::now_ms() const { return store_.now_us() / 1000; }

// --- The thread

ExpiryWatch::State ExpiryWatch::state() const {
  const MutexLock lock(mutex_);
  return state_;
}

bool ExpiryWatch::begin_listing() {
  const MutexLock lock(mutex_);
  if (state_ != State::kStarted) return false;
  state_ = State::kListed;
  return true;
}

void ExpiryWatch::run() {
  while (state() != State::kEnding) {
    try {
      if (begin_listing()) list_keys();
      if (!tell_of_expired()) wait_for_next();
    } catch (const std::bad_alloc&) {
      try_again_later();
    }
  }
}

// All keys are listed again: a key that was missed would have no event.
void ExpiryWatch::try_again_later() {
  const MutexLock lock(mutex_);
  if (state_ == State::kListed) state_ = State::kStarted;
  if (state_ != State::kEnding) {
    changed_.wait_until(mutex_, SteadyClock::now() + std::chrono::milliseconds(kWait_ms));
  }
}

// Damage stops the listing; a read of the damaged key reports it.
void ExpiryWatch::list_keys() {
  const Result<Snapshot> now = store_.snapshot();
  if (!now) return;
  const auto walk = now->iterator({.keys_only = true});
  if (!walk) return;
  std::vector<std::string> keys;
  for ((*walk)->first(); (*walk)->valid() && state() == State::kListed; (*walk)->next()) {
    const auto info = (*walk)->info();
    if (!info || info->expires_at_ms == 0) continue;
    keys.emplace_back((*walk)->key());
    if (keys.size() == kAtOnce) list(std::exchange(keys, {}));
  }
  list(keys);
}

// As they are now: writes tell of what comes later. One that has expired since it was met is told
// of by this thread as well, as soon as all are listed.
void ExpiryWatch::list(std::span<const std::string> keys) {
  if (keys.empty()) return;
  const WriteHold hold(store_);
  for (const std::string& key : keys) {
    const Status best_effort = store_.history(key, 1, [&](const Version& newest) {
      put(key, newest.expires_at_ms);
      return false;
    });
  }
}

// Reports keys under the writer lock, so that no unseen write has extended the expiry of one.
// False: no key has expired.
bool ExpiryWatch::tell_of_expired() {
  {
    const MutexLock lock(mutex_);
    if (order_.empty() || order_.begin()->first > now_ms()) return false;
  }
  const WriteHold hold(store_);
  for (const std::string& key : take_expired()) expired_(key);
  return true;
}

std::vector<std::string> ExpiryWatch::take_expired() {
  std::vector<std::string> keys;
  keys.reserve(kAtOnce);
  const std::uint64_t now = now_ms();
  const MutexLock lock(mutex_);
  while (keys.size() < kAtOnce && !order_.empty() && order_.begin()->first <= now) {
    const auto at = times_.find(*order_.begin()->second);
    give_memory(kOfKey + at->first.size());
    order_.erase(order_.begin());
    keys.push_back(std::move(times_.extract(at).key()));  // takes no memory: none is lost
  }
  return keys;
}

// Waits for at most a second, because the clock may be set.
void ExpiryWatch::wait_for_next() {
  constexpr std::uint64_t kLongest_ms = 1000;
  const MutexLock lock(mutex_);
  if (state_ == State::kEnding || state_ == State::kStarted) return;
  if (state_ == State::kStopped) return changed_.wait(mutex_);
  std::uint64_t left = kLongest_ms;
  if (!order_.empty()) {
    const std::uint64_t now = now_ms(), next = order_.begin()->first;
    left = std::min(next > now ? next - now : 0, kLongest_ms);
  }
  if (left > 0) changed_.wait_until(mutex_, SteadyClock::now() + std::chrono::milliseconds(left));
}

}  // namespace kvstore::command
