// Follows a key's value, or the changes of a prefix.
#include <algorithm>
#include <chrono>
#include <limits>
#include <optional>
#include <variant>

#include "src/base/mutex.h"
#include "src/c_api/arguments.h"
#include "src/c_api/objects.h"
#include "src/store/change_feed.h"
#include "src/store/value_feed.h"
#include "src/store/waiter.h"

namespace kvstore::c_api {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr std::uint64_t kMostBytes = std::uint64_t{64} << 10;  // in an event of a key
// Expiry and writes of other processes are not notified, so poll.
constexpr milliseconds kLookAgain{1000}, kPassOthers{30'000}, kPollFile{50};

class FollowerObject final : public Child {
 public:
  static constexpr Kind kKind = Kind::kFollower;
  static constexpr bool kIsShared = false;
  FollowerObject(std::shared_ptr<StoreState> state, Waiter::What what)
      : Child(std::move(state)), looks_again_(what.prefix ? kPassOthers : kLookAgain) {
    waiter_.emplace(store(), std::move(what), [this] { wake(false); });
  }
  ~FollowerObject() override { leave(); }
  void drop() override {
    waiter_.reset();
    feed_ = std::monostate();
  }
  void cancel() override { wake(true); }

  template <class Feed>
  void set_feed(Feed feed) {
    feed_ = std::move(feed);
  }
  kvs_code next(std::int64_t timeout_ms, kvs_event* event);
  std::uint64_t position() const;

 private:
  enum class Look : std::uint8_t { kEvent, kMore, kNothing };
  void wake(bool cancel) {
    const MutexLock lock(mutex_);
    is_awake_ = true;
    if (cancel) is_cancelled_ = true;
    woken_.notify_all();
  }
  bool is_cancelled() {
    const MutexLock lock(mutex_);
    return is_cancelled_;
  }
  void wait_until(Clock::time_point end);
  Result<Look> look(kvs_event* event);
  Result<Look> look(ValueFeed& feed, kvs_event* event);
  Result<Look> look(ChangeFeed& feed, kvs_event* event);
  Status read_long_value(const kvs_event& event, std::uint64_t end);

  const milliseconds looks_again_;
  std::variant<std::monostate, ValueFeed, ChangeFeed> feed_;
  std::string key_, value_;  // of the last event
  Mutex mutex_;
  CondVar woken_;
  bool is_awake_ KV_GUARDED_BY(mutex_) = false;
  bool is_cancelled_ KV_GUARDED_BY(mutex_) = false;
  std::optional<Waiter> waiter_;                  // destroyed first, because it calls wake()
};

kvs_code FollowerObject::next(std::int64_t timeout_ms, kvs_event* event) {
  constexpr std::int64_t kForEver = std::int64_t{1} << 40;  // milliseconds
  if (timeout_ms < 0) timeout_ms = kForEver;
  const auto end = Clock::now() + milliseconds(std::min(timeout_ms, kForEver));
  while (!is_cancelled()) {
    waiter_->take_news();
    const auto looked = look(event);
    if (!looked) return report(looked.error());
    if (*looked == Look::kEvent) return KVS_OK;
    if (*looked == Look::kMore) continue;
    if (Clock::now() >= end) return KVS_TIMEOUT;
    wait_until(end);
  }
  return report({Code::kSkipped, "the follower was cancelled", ""});
}

void FollowerObject::wait_until(Clock::time_point end) {
  const auto again = waiter_->needs_polling() ? std::min(looks_again_, kPollFile) : looks_again_;
  const auto until = std::min(end, Clock::now() + again);
  const MutexLock lock(mutex_);
  while (!is_awake_ && woken_.wait_until(mutex_, until)) {
  }
  is_awake_ = false;
}

std::uint64_t FollowerObject::position() const {
  if (const auto* const changes = std::get_if<ChangeFeed>(&feed_)) return changes->next_seq();
  return std::get<ValueFeed>(feed_).offset();
}

Result<FollowerObject::Look> FollowerObject::look(kvs_event* event) {
  if (auto* const changes = std::get_if<ChangeFeed>(&feed_)) return look(*changes, event);
  return look(std::get<ValueFeed>(feed_), event);
}

Result<FollowerObject::Look> FollowerObject::look(ValueFeed& feed, kvs_event* event) {
  value_.clear();
  KV_ASSIGN(const ValueFeed::Event happened, feed.next(kMostBytes, &value_));
  event->type = KVS_BYTES;
  event->key = feed.key().data();
  event->key_size = feed.key().size();
  switch (happened) {
    case ValueFeed::Event::kNothing:
      return Look::kNothing;
    case ValueFeed::Event::kBytes:
      event->kind = KVS_EVENT_BYTES;
      event->value = value_.data();
      event->value_size = value_.size();
      event->offset = feed.offset();
      break;
    case ValueFeed::Event::kAnew:
      event->kind = KVS_EVENT_ANEW;
      break;
    case ValueFeed::Event::kRemoved:
      event->kind = KVS_EVENT_REMOVED;
      break;
  }
  return Look::kEvent;
}

Result<FollowerObject::Look> FollowerObject::look(ChangeFeed& feed, kvs_event* event) {
  std::optional<std::uint64_t> end_of_long;
  KV_ASSIGN(const ChangeFeed::Step step, feed.next([&](const KeyWrite& write) -> Status {
    key_.assign(write.key);
    value_.assign(write.value);
    event->kind = KVS_EVENT_CHANGE;
    event->change = change_of(write.kind);
    event->type = type_of(write.type);
    event->seq = write.seq;
    event->time_us = write.time_us;
    event->expires_at_ms = write.expires_at_ms;
    event->offset = write.begin;
    if (write.is_long()) end_of_long = write.end;
    return {};
  }));
  if (step == ChangeFeed::Step::kMore) return Look::kMore;
  if (step == ChangeFeed::Step::kNothing) return Look::kNothing;
  if (end_of_long) KV_TRY(read_long_value(*event, *end_of_long));
  const bool has_value =
      event->type == KVS_BYTES && (event->change == KVS_SET || event->change == KVS_APPEND);
  if (event->change != KVS_CLEAR) event->key = key_.data();
  event->key_size = key_.size();
  if (has_value) event->value = value_.data();
  event->value_size = has_value ? value_.size() : 0;
  return Look::kEvent;
}

Status FollowerObject::read_long_value(const kvs_event& event, std::uint64_t end) {
  if (event.type != KVS_BYTES) return {};
  At then;
  then.seq = event.seq;
  KV_ASSIGN(const bool found, store().read(key_, static_cast<std::int64_t>(event.offset),
                                           end - event.offset, &value_, then));
  if (found && value_.size() == end - event.offset) return {};
  return fail(Code::kPurged, "the value of version " + std::to_string(event.seq) + " is gone",
              "go on after it");
}

}  // namespace
}  // namespace kvstore::c_api

using namespace kvstore;
using namespace kvstore::c_api;

kvs_code kvs_follow_key(kvs_store* store, const void* key, size_t key_size, int64_t offset,
                        kvs_follower** follower) noexcept {
  KVS_NEEDS(follower);
  *follower = nullptr;
  KVS_NEEDS_STRING(key, key_size);
  return use<StoreObject>(store, [&](StoreObject& object) {
    const std::string name(string_of(key, key_size));
    // First the waiter, then the look, so that no write in between is missed.
    auto made = std::make_unique<FollowerObject>(object.state, Waiter::What{{name}, {}, false});
    const bool is_from_end = offset == KVS_FROM_END;
    auto feed =
        ValueFeed::open(object.store(), name, is_from_end ? std::nullopt : std::optional(offset));
    if (!feed) return report(feed.error());
    made->set_feed(std::move(*feed));
    return give_child(std::move(made), follower);
  });
}

kvs_code kvs_follow_prefix(kvs_store* store, const void* prefix, size_t prefix_size,
                           uint64_t from_seq, kvs_follower** follower) noexcept {
  KVS_NEEDS(follower);
  *follower = nullptr;
  KVS_NEEDS_STRING(prefix, prefix_size);
  return use<StoreObject>(store, [&](StoreObject& object) {
    const std::string begin(string_of(prefix, prefix_size));
    auto made = std::make_unique<FollowerObject>(object.state, Waiter::What{{}, begin, false});
    auto feed = ChangeFeed::open(object.store(), begin,
                                 from_seq == 0 ? std::nullopt : std::optional(from_seq));
    if (!feed) return report(feed.error());
    made->set_feed(std::move(*feed));
    return give_child(std::move(made), follower);
  });
}

kvs_code kvs_follow_next(kvs_follower* follower, int64_t timeout_ms, kvs_event* event) noexcept {
  KVS_NEEDS(event);
  return use<FollowerObject>(follower, [&](FollowerObject& object) {
    kvs_event own{};
    own.size = sizeof own;
    KVS_CHECK(give_struct(own, event));  // checks that the event can be returned
    KVS_CHECK(object.next(timeout_ms, &own));
    return give_struct(own, event);
  });
}

kvs_code kvs_follow_cancel(kvs_follower* follower) noexcept {
  return guarded([&]() -> kvs_code {
    const HandlePin pin(follower, Kind::kFollower);
    if (!pin) return wrong_handle(follower, Kind::kFollower);
    pin.as<FollowerObject>().cancel();
    return KVS_OK;
  });
}

kvs_code kvs_follow_position(kvs_follower* follower, uint64_t* position) noexcept {
  KVS_NEEDS(position);
  *position = 0;
  return use<FollowerObject>(follower, [&](FollowerObject& object) {
    *position = object.position();
    return KVS_OK;
  });
}

kvs_code kvs_follow_close(kvs_follower* follower) noexcept {
  return close_child<FollowerObject>(follower);
}
