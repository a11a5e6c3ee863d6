#include "src/command/keyspace_events.h"

#include <algorithm>
#include <string>
#include <utility>

#include <fmt/core.h>

namespace kvstore::command {

Status KeyspaceEvents::set_classes(std::uint32_t classes) {
  const MutexLock lock(setting_);
  const bool is_any = (classes & (kToKeyspace | kToKeyevent)) != 0;
  const std::uint32_t before = published_.exchange(is_any ? classes : 0);
  // After the exchange: writes from now on report their keys, and the others are listed.
  if (!wants(kExpiries)) {
    watch_.stop();
  } else if (const Status started = watch_.start(); !started) {
    published_.store(before);
    return started;
  }
  classes_.store(classes);
  return {};
}

std::uint64_t KeyspaceEvents::add(std::uint64_t session, std::span<const ToldChange> changes,
                                  bool is_strict) noexcept {
  const std::uint64_t now_ms = watch_.now_ms();
  for (const ToldChange& change : changes) {
    lose_without_memory([&] { add(session, change, now_ms, is_strict); });
  }
  if (!watch_.put_all(changes)) lose();
  const MutexLock lock(mutex_);
  publish_ready();
  return queue_.empty() ? 0 : first_ + queue_.size() - 1;
}

void KeyspaceEvents::add(std::uint64_t session, const ToldChange& change, std::uint64_t now_ms,
                         bool is_strict) {
  // Before all of the changes it had expired, and nobody was told of that.
  const bool had_expired =
      change.is_clear ? watch_.clear() : watch_.take_if_expired(change.key, now_ms);
  const bool needs_commit = change.event.of != kMisses;
  const MutexLock lock(mutex_);
  if (had_expired) push({key_event::kExpired, change.key});
  if (change.is_clear) return;
  push({change.event, change.key, needs_commit ? session : 0, is_strict});
}

void KeyspaceEvents::add_now(KeyEvent event, std::string_view key) noexcept {
  const MutexLock lock(mutex_);
  try {
    push({event, std::string(key)});
  } catch (const std::bad_alloc&) {
    lose();
  }
  publish_ready();
}

void KeyspaceEvents::lose() noexcept {
  lost_.fetch_add(1, std::memory_order_relaxed);
  channels_.close_listeners("__key");
}

void KeyspaceEvents::push(Waiting one) {
  if (wants(one.event.of) && channels_.has_listeners()) queue_.push_back(std::move(one));
}

void KeyspaceEvents::committed(std::uint64_t session, std::uint64_t last) noexcept {
  const MutexLock lock(mutex_);
  committed_ = std::max(committed_, last);
  for (Waiting& one : queue_) {
    if (one.session == session) one.is_strict = false;
  }
  publish_ready();
}

void KeyspaceEvents::forget(std::uint64_t session) noexcept {
  const MutexLock lock(mutex_);
  for (Waiting& one : queue_) {
    if (one.session == session) one.event.name = {};
  }
  publish_ready();
}

void KeyspaceEvents::publish_ready() noexcept {
  while (!queue_.empty()) {
    const Waiting& one = queue_.front();
    const bool is_forgotten = one.event.name.empty();
    const bool waits = one.session != 0 && (one.is_strict || first_ > committed_);
    if (waits && !is_forgotten) return;
    if (!is_forgotten) lose_without_memory([&] { publish(one); });
    queue_.pop_front();
    ++first_;
  }
}

// If --max-buffered leaves no memory for an event, its receivers are closed as if they read too
// slowly.
void KeyspaceEvents::publish(const Waiting& one) {
  const std::uint32_t classes = published();
  const auto tell = [&](const std::string& channel, std::string_view what) {
    if (channels_.publish(false, channel, what)) return;
    lost_.fetch_add(1, std::memory_order_relaxed);
    channels_.close_receivers(channel);
  };
  if (classes & kToKeyspace) tell(fmt::format("__keyspace@0__:{}", one.key), one.event.name);
  if (classes & kToKeyevent) tell(fmt::format("__keyevent@0__:{}", one.event.name), one.key);
}

}  // namespace kvstore::command
