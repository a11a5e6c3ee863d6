#include "src/store/recent_cursors.h"

#include <utility>

namespace kvstore {
namespace {

// Beside the key, about.
constexpr std::size_t kOfNote = 128;

}  // namespace

void RecentCursors::note(std::uint64_t cursor, std::string key) {
  const std::size_t bytes = kOfNote + key.size();
  Notes one;
  one.push_back({cursor, std::move(key)});
  const MutexLock lock(mutex_);
  forget(cursor);
  places_.emplace(cursor, Place{&awaited_, one.begin()});
  awaited_.notes.splice(awaited_.notes.end(), one);
  awaited_.bytes += bytes;
  shorten(awaited_, kMostAwaited);
}

std::optional<std::string> RecentCursors::use(std::uint64_t cursor) {
  const MutexLock lock(mutex_);
  const auto found = places_.find(cursor);
  if (found == places_.end()) return std::nullopt;
  Place& place = found->second;
  std::string key = place.at->key;
  const std::size_t bytes = kOfNote + key.size();
  used_.notes.splice(used_.notes.end(), place.queue->notes, place.at);
  place.queue->bytes -= bytes;
  used_.bytes += bytes;
  place.queue = &used_;
  shorten(used_, kMostUsed);
  return key;
}

void RecentCursors::forget(std::uint64_t cursor) {
  const auto found = places_.find(cursor);
  if (found == places_.end()) return;
  const Place place = found->second;
  place.queue->bytes -= kOfNote + place.at->key.size();
  place.queue->notes.erase(place.at);
  places_.erase(found);
}

void RecentCursors::shorten(Queue& queue, std::size_t most) {
  while (queue.bytes > most && queue.notes.size() > 1) forget(queue.notes.front().cursor);
}

}  // namespace kvstore
