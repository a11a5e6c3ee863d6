// The zstd dictionary that the small values of a file share, in the DICTIONARY record at the log's
// begin. It is loaded when the first value that needs it is read.
//
// Thread rule: any thread.
#pragma once

#include <atomic>

#include "src/base/mutex.h"
#include "src/log/format.h"
#include "src/log/view.h"

struct ZSTD_DDict_s;

namespace kvstore::log {

// its offset, if the file has one
inline constexpr std::uint64_t kDictionaryOffset = kHeaderPageSize;
// Limit for the size of a dictionary.
inline constexpr std::size_t kMaxDictionarySize = std::size_t{112} << 10;

class Dictionary {
 public:
  Dictionary() = default;
  Dictionary(const Dictionary&) = delete;
  Dictionary& operator=(const Dictionary&) = delete;
  ~Dictionary();

  // The dictionary of the view's file, valid as long as this object. Null: there is no valid one;
  // the next call tries again. Throws std::bad_alloc.
  const ZSTD_DDict_s* load(const View& view) const KV_EXCLUDES(mutex_);

 private:
  mutable Mutex mutex_;  // held while one thread loads it
  mutable std::atomic<ZSTD_DDict_s*> loaded_{nullptr};
};

// Whether the record is a dictionary, at the offset where readers look for it.
bool is_dictionary(const Record& record);

}  // namespace kvstore::log
