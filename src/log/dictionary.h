// The dictionary that a file's small values share: one zstd dictionary, in the DICTIONARY record at
// the log's beginning. It is loaded when the first value that needs it is read.
//
// Thread rule: any threads.
#pragma once

#include <atomic>

#include "src/base/mutex.h"
#include "src/log/format.h"
#include "src/log/view.h"

struct ZSTD_DDict_s;

namespace kvstore::log {

inline constexpr std::uint64_t kDictionaryOffset = kHeaderPageSize;  // where it is, or nowhere
// A value of more bytes than this is not what values share.
inline constexpr std::size_t kMaxDictionarySize = std::size_t{112} << 10;

class Dictionary {
 public:
  Dictionary() = default;
  Dictionary(const Dictionary&) = delete;
  Dictionary& operator=(const Dictionary&) = delete;
  ~Dictionary();

  // Of the file that the view shows. It lives as long as this. Null: there is none that checks out,
  // and the next call looks again. Throws std::bad_alloc.
  const ZSTD_DDict_s* load(const View& view) const KV_EXCLUDES(mutex_);

 private:
  mutable Mutex mutex_;  // one thread loads it
  mutable std::atomic<ZSTD_DDict_s*> loaded_{nullptr};
};

// Whether this record is one, where readers look for it.
bool is_dictionary(const Record& record);

}  // namespace kvstore::log
