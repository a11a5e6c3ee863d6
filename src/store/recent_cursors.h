// The keys that the cursors of SCAN lead to. A compaction moves the records that the numbers name,
// and who lists keys in steps is not to notice.
//
// A list in steps has one cursor at a time that somebody may come back with. So cursors that nobody
// has come with yet are forgotten last, and not for others' lists that go on: it takes tens of
// thousands of lists that were left off. Those that somebody has come with are kept for a while, as
// the answer may not have reached him.
//
// Thread rule: any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <unordered_map>

#include "src/base/mutex.h"

namespace kvstore {

class RecentCursors {
 public:
  // It is answered now. Throws std::bad_alloc.
  void note(std::uint64_t cursor, std::string key) KV_EXCLUDES(mutex_);
  // Somebody comes with it: its key, if that is known.
  std::optional<std::string> use(std::uint64_t cursor) KV_EXCLUDES(mutex_);

 private:
  struct Note {
    std::uint64_t cursor;
    std::string key;
  };
  using Notes = std::list<Note>;
  struct Queue {
    Notes notes;  // the newest last
    std::size_t bytes = 0;
  };
  struct Place {
    Queue* queue;
    Notes::iterator at;
  };

  static constexpr std::size_t kMostAwaited = std::size_t{8} << 20;  // bytes
  static constexpr std::size_t kMostUsed = std::size_t{1} << 20;

  void forget(std::uint64_t cursor) KV_REQUIRES(mutex_);
  // The oldest go until what is left takes no more than `most`; one stays.
  void shorten(Queue& queue, std::size_t most) KV_REQUIRES(mutex_);

  Mutex mutex_;
  Queue awaited_ KV_GUARDED_BY(mutex_), used_ KV_GUARDED_BY(mutex_);
  std::unordered_map<std::uint64_t, Place> places_ KV_GUARDED_BY(mutex_);
};

}  // namespace kvstore
