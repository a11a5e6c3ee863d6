// A JavaScript iterator: it walks a range, and fetches as many entries at a time as make a hop to
// another thread worthwhile.
//
// A store's iterator shows the moment at which it was made; a snapshot and a transaction have their
// own.
//
// Thread rule: fill() and seek() on any thread, one at a time; cancel() on any thread at any time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bindings/node/src/job.h"
#include "bindings/node/src/source.h"
#include "bindings/node/src/state.h"
#include "src/base/mutex.h"
#include "src/store/key_range.h"

namespace kvstore::node {

class Cursor final : public Resource {
 public:
  // A store's cursor shows the present state unless the range has a moment. Throws Failed.
  Cursor(const std::shared_ptr<Source>& source, Range range, std::uint64_t limit);
  ~Cursor() override;

  struct Entries {
    std::string bytes;                 // keys and values, one after the other
    std::vector<std::uint32_t> sizes;  // of each in turn; kNoValue if there is no value
    bool is_end = false;               // no entries follow
  };
  static constexpr std::uint32_t kNoValue = UINT32_MAX;
  // Fetches the next entries: at most `most`, and no more once they have `bytes`.
  Result<Entries> fill(std::uint64_t most, std::size_t bytes);
  // The next entry will be the first one at or after the key, in the walk's direction.
  void seek(std::string_view key);
  // Releases what the cursor holds; fill() then answers that it is closed.
  void close();
  const std::shared_ptr<Cancel>& cancel() const { return cancel_; }

 private:
  void release() override { close(); }
  Status place() KV_REQUIRES(mutex_);
  Status add(Entries& entries) KV_REQUIRES(mutex_);

  const Range range_;
  const KeyRange bounds_;
  const bool has_values_;
  const std::shared_ptr<Cancel> cancel_ = std::make_shared<Cancel>();
  Mutex mutex_;
  std::shared_ptr<Source> source_ KV_GUARDED_BY(mutex_);  // null when closed
  std::unique_ptr<Walker> walker_ KV_GUARDED_BY(mutex_);  // null before the first fill()
  std::uint64_t left_ KV_GUARDED_BY(mutex_);              // what is left of the limit
  std::optional<std::string> target_ KV_GUARDED_BY(mutex_);
  bool is_placed_ KV_GUARDED_BY(mutex_) = false;
};

}  // namespace kvstore::node
