#include "src/store/walk.h"

#include <algorithm>
#include <utility>

#include "src/base/cancel.h"
#include "src/base/prefetch.h"

namespace kvstore {
namespace {

using log::Record;

constexpr unsigned kHeadLines = 2;    // a head, and a key that is not long
constexpr unsigned kRecordLines = 4;  // of a longer one the processor asks for the rest

std::uint64_t offset_of(const log::ClearMark* clear) { return clear ? clear->offset : 0; }

}  // namespace

Walk::Walk(const ReadView& view, const IteratorOptions& options)
    : generation_(view.generation().shared_from_this()),
      instant_(view.instant() ? *view.instant() : StoreClock::Instant{}),
      view_(*generation_, view.seq(), view.instant() ? &instant_ : nullptr),
      options_(options),
      bounds_(KeyRange::of(options)),
      dead_before_(offset_of(view_.clear_before(options.at))) {}

Result<std::unique_ptr<Walk>> Walk::begin(const ReadView& view, const IteratorOptions& options) {
  std::unique_ptr<Walk> walk(new Walk(view, options));
  // After the seq was read: what it shows was found together with the damage before it.
  KV_TRY(walk->view_.listable());
  if (!options.at.now()) KV_TRY(walk->view_.check_floor(options.at));
  try {
    walk->open();
  } catch (const Cancelled&) {
    return cancelled();
  }
  return walk;
}

void Walk::open() {
  const ReclamationEpochs::Guard guard(generation_->epochs());
  cursor_.reset();
  parts_ = generation_->index().shared();
  cursor_ = index::KeyIndex::cursor(
      *parts_, [this] { return generation_->view(); }, dead_before_);
}

// --- Moves. Of the cursor, which is always ahead of what the iterator shows.

void Walk::seek(std::string_view key) {
  if (key < bounds_.from) key = bounds_.from;
  start(true, &key);
  move();
}

void Walk::seek_before(std::string_view key) {
  if (bounds_.to && key > *bounds_.to) key = *bounds_.to;
  start(false, &key);
  move();
}

void Walk::first() {
  start_first();
  move();
}

void Walk::last() {
  const std::string_view to = bounds_.to ? *bounds_.to : std::string_view();
  start(false, bounds_.to ? &to : nullptr);
  move();
}

void Walk::next() {
  if (!forward_) {
    const std::string here(key());
    seek(here);
    if (!valid_ || key() != here) return;
  }
  ++at_;
  move();
}

void Walk::prev() {
  if (forward_) {
    const std::string here(key());
    return seek_before(here);
  }
  ++at_;
  move();
}

void Walk::start_first() {
  const std::string_view from = bounds_.from;
  start(true, from.empty() ? nullptr : &from);
}

// At the first key that is not below `origin`, or the last one below it; null: of all keys.
void Walk::start(bool forward, const std::string_view* origin) {
  forward_ = forward;
  has_origin_ = origin != nullptr;
  if (origin) origin_.assign(*origin);
  has_last_ = false;
  filled_ = at_ = mended_ = 0;
  ahead_ = kAheadAtFirst;
  status_ = {};
  place();
}

void Walk::place() {
  if (has_last_) {
    if (!forward_) return cursor_->seek_before(last_);
    cursor_->seek(last_);
    if (cursor_->valid() && cursor_->key() == last_) cursor_->next();
  } else if (has_origin_) {
    forward_ ? cursor_->seek(origin_) : cursor_->seek_before(origin_);
  } else {
    forward_ ? cursor_->seek_first() : cursor_->seek_last();
  }
}

// To the next entry, from the one at at_ on, whose key shows.
void Walk::move() {
  valid_ = false;
  while (at_ < filled_ || fill()) {
    const Shows shows = judge(slots_[at_]);
    valid_ = shows == Shows::kYes;
    if (shows != Shows::kNo) return;
    ++at_;
  }
}

// False: there is no more, or status_ says what is wrong.
bool Walk::fill() {
  if (filled_ > 0) {
    last_.assign(slots_[filled_ - 1].key);
    has_last_ = true;
  }
  filled_ = at_ = 0;
  keys_.clear();
  do {
    while (filled_ < ahead_ && cursor_->valid() && !is_beyond(cursor_->key())) {
      take(cursor_->key());
      forward_ ? cursor_->next() : cursor_->prev();
    }
  } while (filled_ == 0 && cursor_->damaged() && mend());
  set_keys();
  ask_for_records();
  ahead_ = kAhead;
  if (status_ && is_cancelled()) stop(cancelled());
  if (filled_ > 0) mended_ = 0;
  return status_ && filled_ > 0;
}

// Where the cursor could not go on: a segment of the index is built anew from the log, and
// another cursor takes the place of this one. False: status_ says why not.
bool Walk::mend() {
  const index::DamagedSegment damaged = cursor_->damaged_segment();
  if (!damaged.run || ++mended_ > kMostMended) {
    generation_->damage().saw(cursor_->damaged_at());
    stop(view_.damaged_list(cursor_->damaged_at()));
    return false;
  }
  if (!generation_->heal({0, damaged.run, damaged.number})) {
    stop(fail(Code::kMemory, generation_->path() + ": a part of the index is damaged, and there " +
                                 "is not enough memory to build it anew"));
    return false;
  }
  // What it was built from may have turned out to be damaged, too.
  if (Status listable = view_.listable(); !listable) {
    stop(fail(std::move(listable.error())));
    return false;
  }
  const CancelScope to_its_end(nullptr);  // fill() asks: a walk always has a cursor
  open();
  place();
  return true;
}

bool Walk::is_beyond(std::string_view key) const {
  return forward_ ? bounds_.to && key >= *bounds_.to : key < bounds_.from;
}

void Walk::take(std::string_view key) {
  Slot& slot = slots_[filled_++];
  slot.entry = cursor_->entry();
  slot.is_settled = options_.at.now() && cursor_->newest_seq() <= view_.seq();
  const Record* const record = cursor_->record();
  slot.has_record = record != nullptr;
  if (record) {
    slot.record = *record;
    slot.key = record->key();
  } else {
    slot.key = {nullptr, key.size()};
    keys_.append(key);
  }
}

// keys_ has stopped moving.
void Walk::set_keys() {
  const char* at = keys_.data();
  for (unsigned i = 0; i < filled_; ++i) {
    Slot& slot = slots_[i];
    if (slot.has_record) continue;
    slot.key = {at, slot.key.size()};
    at += slot.key.size();
  }
}

// In a loop that does nothing else: the processor stops at a line of a page until it has found
// the page, and so looks for several at once.
void Walk::ask_for_records() const {
  const log::View bytes = generation_->view();
  for (unsigned i = 0; i < filled_; ++i) {
    const Slot& slot = slots_[i];
    const bool says_all = slot.has_record || (slot.is_settled && !slot.entry.expires());
    if (options_.keys_only && says_all) continue;
    prefetch_lines(bytes.data, slot.entry.offset(), options_.keys_only ? kHeadLines : kRecordLines,
                   bytes.limit);
  }
}

void Walk::stop(tl::unexpected<Error> why) {
  valid_ = false;
  status_ = std::move(why);
}

// --- Which keys show.

Walk::Shows Walk::judge(Slot& slot) {
  if (slot.entry.offset() < dead_before_) [[unlikely]]
    return Shows::kNo;
  if (slot.is_settled && !slot.has_record) {
    if (slot.entry.is_delete()) return Shows::kNo;
    if (options_.keys_only && !slot.entry.expires()) return Shows::kYes;
  }
  return judge_record(slot);
}

Walk::Shows Walk::judge_record(Slot& slot) {
  if (!slot.has_record && !read(slot)) return Shows::kUnknown;
  if (auto done = view_.resolve_from(slot.key, options_.at, &slot.record); !done) {
    stop(fail(std::move(done.error())));
    return Shows::kUnknown;
  }
  return slot.record.at ? Shows::kYes : Shows::kNo;
}

// False: it cannot be, and status_ says so.
bool Walk::read(Slot& slot) {
  const std::uint64_t offset = slot.entry.offset();
  const bool is_good =
      generation_->view().header(offset, &slot.record) == log::HeaderCheck::kValid &&
      slot.record.key() == slot.key;
  slot.has_record = is_good;
  if (is_good) return true;
  generation_->damage().saw(offset);
  stop(ReadView::corrupt(slot.key, {offset, 0, "its newest record is damaged"}));
  return false;
}

// --- What the key holds.

Result<std::string_view> Walk::value() {
  Slot& slot = slots_[at_];
  if (!slot.has_record && !read(slot)) return fail(status_.error());
  const Record& record = slot.record;
  if (record.kind == log::Kind::kHole) {
    return ReadView::corrupt(slot.key, {record.offset, record.seq, "its value was lost to damage"});
  }
  const bool is_whole =
      record.kind == log::Kind::kSet && record.value_size == record.total && !record.is_encoded();
  if (is_whole && record.total <= kMaxValueSize &&
      log::body_is_valid(record, generation_->log().binding())) {
    return record.stored();
  }
  KV_TRY(view_.whole_value(record, &value_));
  return std::string_view(value_);
}

Result<KeyInfo> Walk::info() {
  Slot& slot = slots_[at_];
  if (!slot.has_record && !read(slot)) return fail(status_.error());
  const Record& record = slot.record;
  return KeyInfo{static_cast<ValueType>(record.type), record.total, record.expires, record.seq,
                 record.time};
}

// Entries that do not show count, too: a step over many deleted keys is as short as others.
Result<std::uint64_t> Walk::step(std::uint64_t count,
                                 const std::function<void(std::string_view)>& visit) {
  std::uint64_t last = 0;
  start_first();
  for (; count > 0 && (at_ < filled_ || fill()); --count, ++at_) {
    const Shows shows = judge(slots_[at_]);
    if (shows == Shows::kUnknown) break;
    if (shows == Shows::kYes) visit(key());
    last = slots_[at_].entry.offset();
  }
  const bool has_more = status_ && (at_ < filled_ || fill());
  if (!status_) return fail(status_.error());
  return has_more ? last : 0;
}

}  // namespace kvstore
