#include "src/store/change_feed.h"

#include <algorithm>

#include <fmt/core.h>

#include "src/log/encoded_value.h"
#include "src/log/record.h"
#include "src/log/scanner.h"
#include "src/store/core.h"
#include "src/store/generation.h"
#include "src/store/log_places.h"
#include "src/store/read_view.h"

namespace kvstore {
namespace {

using log::Record;
using log::Scanner;

// The most records read in one step, so that the caller can do other work in between.
constexpr int kMostRecords = 4096;

tl::unexpected<Error> purged(std::uint64_t floor) {
  return fail(Code::kPurged, fmt::format("changes up to version {} are gone", floor),
              fmt::format("PREFIX, for what is there, and FOLLOW PREFIX from {} on", floor + 1));
}

std::uint64_t floor_of(const Generation& generation) {
  return generation.log().page().header.floor_seq;
}

}  // namespace

ChangeFeed::ChangeFeed(Store& store, std::string prefix)
    : store_(&store), prefix_(std::move(prefix)) {
  writes_ = std::make_unique<Waiter>(store, Waiter::What{.keys = {}, .prefix = prefix_}, [] {});
}

Result<ChangeFeed> ChangeFeed::open(Store& store, std::string prefix,
                                    std::optional<std::uint64_t> from) {
  ChangeFeed feed(store, std::move(prefix));
  KV_TRY(store.core_->freshen());
  const Pin pin = store.core_->pin();
  const std::uint64_t end = pin ? pin->visible_end() : 0;  // before the seq: see visible_end()
  const std::uint64_t last = pin ? pin->visible_seq() : 0;
  if (from && *from > last + 1) {
    return fail(Code::kNumber,
                fmt::format("version {} is yet to come: the newest is {}", *from, last),
                fmt::format("from {} on, or without FROM", last + 1));
  }
  feed.next_ = std::max<std::uint64_t>(from.value_or(last + 1), 1);
  feed.follows_past_ = from.has_value();
  if (!pin) return feed;
  KV_TRY(feed.find_place(*pin.operator->()));
  if (feed.next_ == last + 1) feed.place_ = log::Position{.end = end};
  feed.has_seen_end_ = feed.next_ == last + 1;
  return feed;
}

// True if no change up to the floor was missed. A new generation becomes visible under the writer
// lock, after the notifications of all writes in it. Writes of other processes are not notified.
bool ChangeFeed::has_missed_none(std::uint64_t floor) const {
  if (!has_seen_end_ || writes_->needs_polling()) return false;
  const std::uint64_t first = unseen_ != 0 ? unseen_ : writes_->first_news();
  return first == 0 || first > floor;
}

Status ChangeFeed::find_place(const Generation& generation) {
  const std::uint64_t floor = floor_of(generation);
  if (next_ <= floor && has_missed_none(floor)) {
    next_ = floor + 1;
    given_ = 0;
  }
  if (next_ <= floor) return purged(floor);
  place_ = place_of_seq(generation, next_ - 1);
  skip_ = given_;
  given_ = 0;
  file_id_ = generation.log().page().header.file_id;
  return {};
}

Result<ChangeFeed::Step> ChangeFeed::next(const std::function<Status(const KeyWrite&)>& visit) {
  KV_TRY(store_->core_->freshen());
  // Take the notifications before the look, which finds all writes notified by then.
  if (const std::uint64_t first = writes_->take_first_news(); unseen_ == 0) unseen_ = first;
  const Pin pin = store_->core_->pin();
  if (!pin) return Step::kNothing;
  const Generation& generation = *pin.operator->();
  if (file_id_ != generation.log().page().header.file_id) KV_TRY(find_place(generation));
  return go_over(generation, visit);
}

Result<ChangeFeed::Step> ChangeFeed::go_over(const Generation& generation,
                                             const std::function<Status(const KeyWrite&)>& visit) {
  Scanner scanner(generation.view().up_to(generation.visible_end()), place_);
  for (int records = 0; records < kMostRecords; ++records) {
    switch (scanner.next()) {
      case Scanner::Step::kRecord: {
        const Record& record = scanner.record();
        const bool is_wanted =
            is_due(record) && (record.is_of_all() || record.key().starts_with(prefix_));
        if (is_wanted) KV_TRY(give(generation, record, visit));
        pass(record);
        if (is_wanted) return Step::kChange;
        break;
      }
      case Scanner::Step::kBad:
        KV_TRY(check_bad_place(scanner.bad()));
        place_.end = scanner.bad().end;
        break;
      case Scanner::Step::kNewer:
        return fail(log::newer_record(scanner.record()));
      case Scanner::Step::kZeros:
      case Scanner::Step::kEnd:
        if (follows_past_) KV_TRY(check_end(generation));
        pass_all();
        return Step::kNothing;
    }
  }
  return Step::kMore;
}

bool ChangeFeed::is_due(const Record& record) {
  if (!record.takes_seq() || record.seq < next_) return false;
  return record.seq > next_ || skip_ == 0;
}

// Moves the place past the record, whether it was passed to the visitor or not.
void ChangeFeed::pass(const Record& record) {
  place_ = {.end = record.end(),
            .seq = std::max(record.seq, place_.seq),
            .prev_key_hash = 0,
            .last_not_in_batch = (record.flags & log::kBatchMember) == 0,
            .epoch = record.epoch};
  if (!record.takes_seq() || record.seq < next_) return;
  if (record.seq > next_) {
    next_ = record.seq;
    given_ = 0;
    skip_ = 0;
  }
  ++given_;
  if (skip_ > 0) --skip_;
}

// Moves past all that is visible, which ends with a whole batch.
void ChangeFeed::pass_all() {
  next_ = std::max(next_, place_.seq + 1);
  given_ = skip_ = 0;
  unseen_ = 0;
  has_seen_end_ = true;
}

Status ChangeFeed::give(const Generation& generation, const Record& record,
                        const std::function<Status(const KeyWrite&)>& visit) {
  const log::View view = generation.view();
  KeyWrite write{.kind = version_kind(view, record),
                 .type = static_cast<ValueType>(record.type),
                 .seq = record.seq,
                 .time_us = record.time,
                 .expires_at_ms = record.expires,
                 .key = record.key(),
                 .value = {}};
  std::string space;
  // An append to an expired key: the value consists of these bytes alone.
  if (write.kind == Version::Kind::kAppend && record.begins_anew()) {
    write.kind = Version::Kind::kSet;
  }
  if (write.kind == Version::Kind::kSet || write.kind == Version::Kind::kAppend) {
    write.end = record.total;
    write.begin = record.total - std::min(record.length(), record.total);
    const bool is_read = write.type == ValueType::kString && !write.is_long();
    if (is_read && !log::read_value(view, record, &space, &write.value)) {
      return fail(Code::kCorrupt,
                  fmt::format("version {}, offset {}: the value does not match its checksum",
                              record.seq, record.offset),
                  fmt::format("FOLLOW PREFIX .. FROM {} goes on after it", record.seq + 1));
    }
  }
  return visit(write);
}

}  // namespace kvstore
