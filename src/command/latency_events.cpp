#include "src/command/latency_events.h"

#include <algorithm>

namespace kvstore::command {

void LatencyEvents::note(std::string_view name, const Sample& sample) {
  const MutexLock lock(mutex_);
  Kept& event = events_[std::string(name)];
  event.longest_ms = std::max(event.longest_ms, sample.took_ms);
  if (!event.samples.empty() && event.samples.back().time_s == sample.time_s) {
    Sample& newest = event.samples.back();
    newest.took_ms = std::max(newest.took_ms, sample.took_ms);
    return;
  }
  event.samples.push_back(sample);
  if (event.samples.size() > kMostSamples) event.samples.pop_front();
}

std::vector<LatencyEvents::Event> LatencyEvents::all() const {
  const MutexLock lock(mutex_);
  std::vector<Event> all;
  for (const auto& [name, event] : events_) {
    all.push_back({name, {event.samples.begin(), event.samples.end()}, event.longest_ms});
  }
  return all;
}

std::size_t LatencyEvents::forget_all() {
  const MutexLock lock(mutex_);
  const std::size_t count = events_.size();
  events_.clear();
  return count;
}

bool LatencyEvents::forget(const std::string& name) {
  const MutexLock lock(mutex_);
  return events_.erase(name) > 0;
}

}  // namespace kvstore::command
