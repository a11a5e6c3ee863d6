#include "src/store/value_feed.h"

#include <algorithm>

#include <fmt/core.h>

#include "src/base/cancel.h"
#include "src/log/record.h"
#include "src/store/core.h"
#include "src/store/generation.h"
#include "src/store/read_view.h"

namespace kvstore {

using log::Record;

Result<ValueFeed> ValueFeed::open(Store& store, std::string key,
                                  std::optional<std::int64_t> offset) {
  ValueFeed feed(store, std::move(key));
  KV_TRY(feed.look());
  feed.offset_ = feed.size_;
  if (offset) {
    feed.offset_ =
        *offset >= 0 ? static_cast<std::uint64_t>(*offset) : begin_of_read(*offset, feed.size_);
  }
  return feed;
}

bool ValueFeed::has_only_grown(Store& store, std::string key, std::uint64_t seq,
                               std::uint64_t most) {
  ValueFeed feed(store, std::move(key));
  feed.newest_ = seq;
  if (!store.core_->freshen()) return false;
  const Pin pin = store.core_->pin();
  if (!pin) return false;
  const ReadView view = pin.view();
  Record record;
  const Status found = view.resolve(feed.key_, {}, &record);
  if (!found || record.at == nullptr) return false;
  const auto continued = feed.is_continued(view, record, most);
  return continued && *continued;
}

Result<ValueFeed::Event> ValueFeed::next(std::uint64_t most, std::string* bytes) {
  offset_ += given_;
  given_ = 0;
  // A look that only finds that the value has grown yields no event itself, so there are two.
  for (int looks = 0; looks < 2; ++looks) {
    if (is_there_ && offset_ < size_) {
      At then;
      then.seq = seen_;
      const std::uint64_t size = std::min(most, size_ - offset_);
      const auto found = store_->read(key_, static_cast<std::int64_t>(offset_), size, bytes, then);
      if (!found && found.error().code != Code::kPurged) return fail(found.error());
      if (found && *found && !bytes->empty()) {
        given_ = bytes->size();
        return Event::kBytes;
      }
    }
    const std::uint64_t before = seen_;
    KV_ASSIGN(const Event event, look());
    if (event != Event::kNothing) return event;
    if (seen_ == before) return Event::kNothing;
  }
  return Event::kNothing;
}

// Looks up the key, and whether its value continues the former one.
Result<ValueFeed::Event> ValueFeed::look() {
  KV_TRY(store_->core_->freshen());
  const Pin pin = store_->core_->pin();
  if (!pin) return Event::kNothing;
  const ReadView view = pin.view();
  Record record;
  KV_TRY(view.resolve(key_, {}, &record));
  if (record.at == nullptr) {
    seen_ = view.seq();
    size_ = 0;
    if (!std::exchange(is_there_, false)) return Event::kNothing;
    offset_ = 0;
    return Event::kRemoved;
  }
  if (record.type != static_cast<std::uint8_t>(ValueType::kString)) {
    return fail(Code::kType, "the key holds a sorted set, which does not grow at its end");
  }
  if (!is_there_ || record.seq == newest_) {
    take(view, record);
    return Event::kNothing;
  }
  KV_ASSIGN(const bool continued, is_continued(view, record));
  take(view, record);
  if (continued) return Event::kNothing;
  offset_ = 0;
  return Event::kAnew;
}

void ValueFeed::take(const ReadView& view, const Record& record) {
  is_there_ = true;
  seen_ = view.seq();
  newest_ = record.seq;
  size_ = record.total;
}

// Goes from the newest record back to the former newest one: has one of them begun a new value?
Result<bool> ValueFeed::is_continued(const ReadView& view, const Record& newest,
                                     std::uint64_t most) const {
  Record record = newest;
  const log::View log = view.generation().view();
  for (; record.seq > newest_ && most > 0; --most) {
    if (is_cancelled()) return cancelled();
    if (log.base().holds(record.offset)) {
      return fail(Code::kPurged,
                  fmt::format("a compaction has left nothing that would tell whether the value was "
                              "set again since version {}",
                              newest_),
                  fmt::format("FOLLOW again, FROM {} if it has only grown", offset_));
    }
    if (record.begins_anew() || record.prev == 0) return false;
    const std::uint64_t prev = record.prev, seq = record.seq;
    if (log.header(prev, &record) != log::HeaderCheck::kValid) {
      return ReadView::corrupt(key_, {prev, seq, "the version before this seq is damaged"});
    }
  }
  return record.seq == newest_;
}

}  // namespace kvstore
