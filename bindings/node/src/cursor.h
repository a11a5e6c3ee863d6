// An iterator of JavaScript: a range that is gone over, as many entries at a time as a hop is
// worth.
//
// It belongs to the moment at which it was made, of a store; a snapshot and a transaction have
// theirs.
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
  // Of a store: as it is now, unless the range says when. Throws Failed.
  Cursor(const std::shared_ptr<Source>& source, Range range, std::uint64_t limit);
  ~Cursor() override;

  struct Entries {
    std::string bytes;                 // keys and values, one behind the other
    std::vector<std::uint32_t> sizes;  // of each in turn; kNoValue where there is none
    bool is_end = false;               // none follow
  };
  static constexpr std::uint32_t kNoValue = UINT32_MAX;
  // The next ones: at most so many, and no more once they are that many bytes.
  Result<Entries> fill(std::uint64_t most, std::size_t bytes);
  // The next one will be the first from there on.
  void seek(std::string_view key);
  // Lets go of what it holds: fill() answers that it is closed.
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
  std::shared_ptr<Source> source_ KV_GUARDED_BY(mutex_);  // null: closed
  std::unique_ptr<Walker> walker_ KV_GUARDED_BY(mutex_);  // null: not begun
  std::uint64_t left_ KV_GUARDED_BY(mutex_);              // of the limit
  std::optional<std::string> target_ KV_GUARDED_BY(mutex_);
  bool is_placed_ KV_GUARDED_BY(mutex_) = false;
};

}  // namespace kvstore::node
