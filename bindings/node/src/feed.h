// Follows a store: the changes of keys with a prefix, or a value.
//
// Thread rule: any thread; calls take turns.
#pragma once

#include <node_api.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bindings/node/src/state.h"
#include "src/base/mutex.h"
#include "src/store/change_feed.h"
#include "src/store/value_feed.h"
#include "src/store/waiter.h"

namespace kvstore::node {

class Feed final : public Resource {
 public:
  // `wakes` tells JavaScript of news, with this id, once for each next_...(). It must live as long
  // as the
  // store is open.
  Feed(std::shared_ptr<StoreState> of, std::uint64_t id, napi_threadsafe_function wakes);
  ~Feed() override;

  // One of the two is called, once, inside a Use. Returns whether the feed must be polled because
  // no
  // writer can wake it (Waiter::needs_polling).
  Result<bool> follow_prefix(std::string prefix, std::optional<std::uint64_t> from);
  Result<bool> follow_value(std::string key, std::optional<std::int64_t> offset);

  struct Change {
    Version::Kind kind;
    ValueType type;
    std::uint64_t seq, time_us, expires_at_ms;
    std::string key, value;
    std::uint64_t begin, end;
  };
  // Returns at most `most` changes, and no more once they have `bytes`. None: wait for news.
  Result<std::vector<Change>> next_changes(std::size_t most, std::size_t bytes);
  struct Part {
    ValueFeed::Event event = ValueFeed::Event::kNothing;
    std::uint64_t offset = 0;
    std::string bytes;
  };
  Result<Part> next_part(std::size_t bytes);
  void close();

 private:
  void release() override { close(); }
  void wait_for(Waiter::What what) KV_REQUIRES(mutex_);
  void wake();
  Status read_long(Change& change);
  static tl::unexpected<Error> closed();

  std::atomic<bool> is_closing_{false};
  const std::uint64_t id_;
  napi_threadsafe_function wakes_;
  Mutex mutex_;
  std::optional<ChangeFeed> changes_ KV_GUARDED_BY(mutex_);
  std::optional<ValueFeed> value_ KV_GUARDED_BY(mutex_);
  std::unique_ptr<Waiter> waiter_ KV_GUARDED_BY(mutex_);
};

}  // namespace kvstore::node
