#include "src/store/recent_cursors.h"

#include <algorithm>
#include <utility>

namespace kvstore {

void RecentCursors::Notes::add(std::uint64_t cursor, std::string key) {
  constexpr std::size_t kMost = 4096, kMostBytes = std::size_t{1} << 20;
  bytes_ += key.size();
  notes_.push_back({cursor, std::move(key)});
  while (notes_.size() > kMost || (notes_.size() > 1 && bytes_ > kMostBytes)) {
    bytes_ -= notes_.front().key.size();
    notes_.pop_front();
  }
}

void RecentCursors::Notes::take_all(Notes& others) {
  for (Note& note : std::exchange(others, {}).notes_) add(note.cursor, std::move(note.key));
}

std::optional<std::string> RecentCursors::Notes::find(std::uint64_t cursor) const {
  const auto found = std::find_if(notes_.rbegin(), notes_.rend(),
                                  [&](const Note& note) { return note.cursor == cursor; });
  return found == notes_.rend() ? std::nullopt : std::optional(found->key);
}

void RecentCursors::note(std::uint64_t file, std::uint64_t cursor, std::string key) {
  const MutexLock lock(mutex_);
  if (file != file_) former_.take_all(present_);
  file_ = file;
  present_.add(cursor, std::move(key));
}

std::optional<std::string> RecentCursors::find(std::uint64_t cursor) const {
  const MutexLock lock(mutex_);
  auto key = present_.find(cursor);
  return key ? key : former_.find(cursor);
}

}  // namespace kvstore
