// Follows every change of the keys with a prefix, or a value as it grows.
//
// JavaScript asks for changes, and when there are none, waits for a notification; no thread is
// blocked
// meanwhile. The thread that writes sends the notification.
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bindings/node/src/calls.h"
#include "bindings/node/src/feed.h"
#include "bindings/node/src/job.h"
#include "bindings/node/src/source.h"
#include "src/command/version_name.h"

namespace kvstore::node {

Feed::Feed(std::shared_ptr<StoreState> of, std::uint64_t id, napi_threadsafe_function wakes)
    : Resource(std::move(of)), id_(id), wakes_(wakes) {
  enlist();
}

Feed::~Feed() {
  forget();
  close();
}

void Feed::wait_for(Waiter::What what) {
  waiter_ = std::make_unique<Waiter>(state().store(), std::move(what), [this] { wake(); });
}

// Called by the writing thread, under the store's lock.
void Feed::wake() {
  napi_call_threadsafe_function(wakes_, reinterpret_cast<void*>(static_cast<std::uintptr_t>(id_)),
                                napi_tsfn_nonblocking);
}

void Feed::close() {
  is_closing_ = true;  // a thread that reads through a long log stops soon
  const MutexLock lock(mutex_);
  waiter_.reset();
  changes_.reset();
  value_.reset();
}

tl::unexpected<Error> Feed::closed() {
  return fail(Code::kState, "nothing is followed any more: it was closed", "follow it again");
}

Result<bool> Feed::follow_prefix(std::string prefix, std::optional<std::uint64_t> from) {
  const MutexLock lock(mutex_);
  wait_for({.keys = {}, .prefix = prefix, .in_turn = false});
  KV_ASSIGN(changes_, ChangeFeed::open(state().store(), std::move(prefix), from));
  return waiter_->needs_polling();
}

Result<bool> Feed::follow_value(std::string key, std::optional<std::int64_t> offset) {
  const MutexLock lock(mutex_);
  wait_for({.keys = {key}, .prefix = std::nullopt, .in_turn = false});
  KV_ASSIGN(value_, ValueFeed::open(state().store(), std::move(key), offset));
  return waiter_->needs_polling();
}

// A long value is not part of the change: reads it as of the change's version.
Status Feed::read_long(Change& change) {
  std::string value;
  At then;
  then.seq = change.seq;
  KV_ASSIGN(const bool found,
            state().store().read_bytes(change.key, static_cast<std::int64_t>(change.begin),
                                       change.end - change.begin, &value, then));
  if (found) change.value = std::move(value);
  return {};
}

Result<std::vector<Feed::Change>> Feed::next_changes(std::size_t most, std::size_t bytes) {
  const MutexLock lock(mutex_);
  if (!changes_) return closed();
  std::vector<Change> changes;
  waiter_->take_news();
  for (std::size_t size = 0; changes.size() < most && size < bytes && !is_closing_;) {
    bool is_long = false;
    KV_ASSIGN(const ChangeFeed::Step step, changes_->next([&](const KeyWrite& write) -> Status {
      is_long = write.is_long();
      changes.push_back({write.kind, write.type, write.seq, write.time_us, write.expires_at_ms,
                         std::string(write.key), std::string(write.value), write.begin, write.end});
      return {};
    }));
    if (step == ChangeFeed::Step::kNothing) break;
    if (step == ChangeFeed::Step::kMore) continue;
    if (is_long) KV_TRY(read_long(changes.back()));
    size += changes.back().key.size() + changes.back().value.size();
  }
  return changes;
}

Result<Feed::Part> Feed::next_part(std::size_t bytes) {
  const MutexLock lock(mutex_);
  if (!value_) return closed();
  Part part;
  waiter_->take_news();
  KV_ASSIGN(part.event, value_->next(bytes, &part.bytes));
  // If bytes were returned, their offset.
  part.offset = value_->offset();
  return part;
}

namespace {

// feed(source, id)
napi_value open_feed(Arguments& a) {
  const auto source = a.shared<Source>(0);
  if (source->state().is_closing()) throw Failed{source->state().closed_error().value()};
  return handle<Feed>(
      a.env, std::make_shared<Feed>(source->shared_state(), a.count(1), a.instance().wakes));
}

napi_value answer_polling(napi_env env, const bool& needs_polling) {
  return boolean(env, needs_polling);
}

// followPrefix(feed, prefix, from): whether the feed must be polled
std::unique_ptr<Job> parse_follow_prefix(Arguments& a) {
  const auto feed = a.shared<Feed>(0);
  std::optional<std::uint64_t> from;
  if (a.is_given(2)) from = a.count(2);
  return job(
      feed->state().shared_from_this(),
      [feed, prefix = a.string(1, kKey), from] { return feed->follow_prefix(prefix, from); },
      answer_polling);
}

// followValue(feed, key, offset)
std::unique_ptr<Job> parse_follow_value(Arguments& a) {
  const auto feed = a.shared<Feed>(0);
  std::optional<std::int64_t> offset;
  if (a.is_given(2)) offset = a.integer(2);
  return job(
      feed->state().shared_from_this(),
      [feed, key = a.string(1, kKey), offset] { return feed->follow_value(key, offset); },
      answer_polling);
}

bool has_value(const Feed::Change& change) {
  return change.type == ValueType::kString &&
         (change.kind == Version::Kind::kSet || change.kind == Version::Kind::kAppend);
}

napi_value change_object(napi_env env, Feed::Change& change, As keys, As values) {
  napi_value made = object(env);
  set_field(env, made, "kind", text(env, command::change_name(change.kind, change.type)));
  if (change.kind != Version::Kind::kClear) {
    set_field(env, made, "key", bytes_as(env, std::move(change.key), keys));
  }
  set_field(env, made, "version", number(env, static_cast<double>(change.seq)));
  set_field(env, made, "timeMs", number(env, static_cast<double>(change.time_us) / 1000));
  if (change.expires_at_ms != 0) {
    set_field(env, made, "expiresAtMs", number(env, static_cast<double>(change.expires_at_ms)));
  }
  if (has_value(change)) {
    set_field(env, made, "value", bytes_as(env, std::move(change.value), values));
    set_field(env, made, "offset", number(env, static_cast<double>(change.begin)));
  }
  return made;
}

// nextChanges(feed, most, bytes, as of keys, as of values)
std::unique_ptr<Job> parse_next_changes(Arguments& a) {
  const auto feed = a.shared<Feed>(0);
  return job(
      feed->state().shared_from_this(),
      [feed, most = a.count(1), bytes = a.count(2)] { return feed->next_changes(most, bytes); },
      [keys = a.as(3), values = a.as(4)](napi_env env, std::vector<Feed::Change>& changes) {
        napi_value made = array(env, changes.size());
        for (std::size_t i = 0; i < changes.size(); ++i) {
          set_item(env, made, i, change_object(env, changes[i], keys, values));
        }
        return made;
      });
}

// nextPart(feed, bytes, as): undefined if there is none
std::unique_ptr<Job> parse_next_part(Arguments& a) {
  const auto feed = a.shared<Feed>(0);
  return job(
      feed->state().shared_from_this(),
      [feed, bytes = a.count(1)] { return feed->next_part(bytes); },
      [as = a.as(2)](napi_env env, Feed::Part& part) {
        if (part.event == ValueFeed::Event::kNothing) return undefined(env);
        napi_value made = object(env);
        const char* const kind = part.event == ValueFeed::Event::kBytes  ? "bytes"
                                 : part.event == ValueFeed::Event::kAnew ? "anew"
                                                                         : "removed";
        set_field(env, made, "kind", text(env, kind));
        if (part.event == ValueFeed::Event::kBytes) {
          set_field(env, made, "offset", number(env, static_cast<double>(part.offset)));
          set_field(env, made, "value", bytes_as(env, std::move(part.bytes), as));
        }
        return made;
      });
}

napi_value close_feed(Arguments& a) {
  a.object<Feed>(0).close();
  return nullptr;
}

// awaitNews(whether JavaScript waits): while it does, the process does not end by itself.
napi_value await_news(Arguments& a) {
  bool waits = false;
  check(a.env, napi_get_value_bool(a.env, a[0], &waits));
  napi_threadsafe_function wakes = a.instance().wakes;
  check(a.env, waits ? napi_ref_threadsafe_function(a.env, wakes)
                     : napi_unref_threadsafe_function(a.env, wakes));
  return nullptr;
}

}  // namespace

void export_feeds(Exports& exports) {
  const Export all[] = {
      {"feed", entry<open_feed>},
      {"followPrefix", entry<alone<parse_follow_prefix>>},
      {"followValue", entry<alone<parse_follow_value>>},
      {"nextChanges", entry<alone<parse_next_changes>>},
      {"nextPart", entry<alone<parse_next_part>>},
      {"closeFeed", entry<close_feed>},
      {"awaitNews", entry<await_news>},
  };
  exports.insert(exports.end(), std::begin(all), std::end(all));
}

}  // namespace kvstore::node
