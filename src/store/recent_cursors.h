// The keys that the cursors of SCAN lead to, of late and in the files before this one. A compaction
// moves the records that the numbers name, and who lists keys in steps is not to notice.
//
// Thread rule: any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "src/base/mutex.h"

namespace kvstore {

class RecentCursors {
 public:
  // `file`: another number for each file. Throws std::bad_alloc.
  void note(std::uint64_t file, std::uint64_t cursor, std::string key) KV_EXCLUDES(mutex_);
  // Of a cursor of a file that another has taken the place of.
  std::optional<std::string> find(std::uint64_t cursor) const KV_EXCLUDES(mutex_);

 private:
  // The newest so many, and of a MiB of keys; at least one.
  class Notes {
   public:
    void add(std::uint64_t cursor, std::string key);
    void take_all(Notes& others);
    std::optional<std::string> find(std::uint64_t cursor) const;

   private:
    struct Note {
      std::uint64_t cursor;
      std::string key;
    };
    std::deque<Note> notes_;
    std::size_t bytes_ = 0;
  };

  mutable Mutex mutex_;
  std::uint64_t file_ KV_GUARDED_BY(mutex_) = 0;
  Notes present_ KV_GUARDED_BY(mutex_);
  // Not pushed out by the steps that go on in the new file.
  Notes former_ KV_GUARDED_BY(mutex_);
};

}  // namespace kvstore
