#include "src/store/walk.h"

#include <algorithm>
#include <utility>

#include "src/base/cancel.h"
#include "src/base/prefetch.h"
#include "src/base/short_bytes.h"
#include "src/log/lost.h"
#include "src/log/plain_record.h"

namespace kvstore {
namespace {

using log::Record;

constexpr std::uint64_t kHeadSize = 128;  // a header, and a short key
// The processor prefetches the rest of longer records by itself.
constexpr std::uint64_t kRecordSizeAtFirst = 192, kMostRecordSize = 512;

std::uint64_t offset_of(const log::ClearMark* clear) { return clear ? clear->offset : 0; }

}  // namespace

Walk::Walk(const ReadView& view, const IteratorOptions& options, Reads reads)
    : generation_(view.generation().shared_from_this()),
      instant_(view.instant() ? *view.instant() : StoreClock::Instant{}),
      view_(*generation_, view.seq(), view.instant() ? &instant_ : nullptr),
      options_(options),
      bounds_(KeyRange::of(options)),
      is_of_now_(options.at.now()),
      reads_each_(reads == Reads::kAtEachKey),
      dead_before_(offset_of(view_.clear_before(options.at))),
      record_size_(options.keys_only ? kHeadSize : kRecordSizeAtFirst) {}

Result<std::unique_ptr<Walk>> Walk::begin(const ReadView& view, const IteratorOptions& options,
                                          Reads reads) {
  std::unique_ptr<Walk> walk(new Walk(view, options, reads));
  // After the seq was read: what it makes visible was found together with the damage before it.
  if (!options.at.now()) KV_TRY(walk->view_.check_floor(options.at));
  KV_TRY(walk->view_.listable(options.at));
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

// --- Moves of the cursor, which is always ahead of the iterator.

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

// Starts at the first key that is not below `origin`, or at the last one below it; null: at an end
// of all keys.
void Walk::start(bool forward, const std::string_view* origin) {
  forward_ = forward;
  has_origin_ = origin != nullptr;
  if (origin) origin_.assign(*origin);
  has_last_ = false;
  batch_->filled = ahead_->filled = at_ = mended_ = 0;
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

// Moves to the next entry, from at_ on, whose key is visible.
void Walk::move() {
  valid_ = false;
  while (has_slot()) {
    const Shows shows = judge(batch_->slots[at_]);
    valid_ = shows == Shows::kYes;
    if (shows != Shows::kNo) return;
    ++at_;
  }
}

// False: at the end, or status_ has an error. A walk that goes past the first slot will want the
// next batch, which is prefetched while this one is read.
bool Walk::has_slot() {
  if (at_ >= batch_->filled) return next_batch();
  if (at_ == 1 && ahead_->filled == 0) fill(*ahead_, kAhead);
  return true;
}

bool Walk::next_batch() {
  const bool is_first = !has_last_ && batch_->filled == 0;
  std::swap(batch_, ahead_);
  at_ = 0;
  while (batch_->filled == 0) {
    fill(*batch_, is_first ? kAheadAtFirst : kAhead);
    if (batch_->filled > 0 || !cursor_->damaged() || !mend()) break;
  }
  ahead_->filled = 0;
  if (status_ && is_cancelled()) stop(cancelled());
  if (batch_->filled > 0) mended_ = 0;
  return status_ && batch_->filled > 0;
}

// Fills the batch with the cursor's entries after the other batch.
void Walk::fill(Batch& batch, unsigned count) {
  const Batch& before = batches_[&batch == &batches_[0] ? 1 : 0];
  if (before.filled > 0) {
    last_.assign(before.slots[before.filled - 1].key);
    has_last_ = true;
  }
  batch.filled = 0;
  const bool is_bounded = forward_ ? bounds_.to.has_value() : !bounds_.from.empty();
  index::Cursor& cursor = *cursor_;
  while (batch.filled < count && cursor.valid() && !(is_bounded && is_beyond(cursor.key()))) {
    take(cursor, batch.slots[batch.filled++]);
    forward_ ? cursor.next() : cursor.prev();
  }
  batch.bytes = generation_->view();
  batch.is_on_disk = batch.bytes.file && batch.bytes.file->is_larger_than_memory();
  ask_for_records(batch);
}

// Called when the cursor could not go on: rebuilds a segment of the index from the log, and opens
// another cursor. False: status_ says why that failed.
bool Walk::mend() {
  const index::DamagedSegment damaged = cursor_->damaged_segment();
  if (!damaged.run || ++mended_ > kMostMended) {
    generation_->damage().saw(cursor_->damaged_at());
    stop(view_.damaged_list(cursor_->damaged_at()));
    return false;
  }
  if (!generation_->heal({0, damaged.run, damaged.number})) {
    stop(fail(Code::kMemory, generation_->path() + ": a part of the index is damaged, and there " +
                                 "is not enough memory to rebuild it"));
    return false;
  }
  // The log that it was rebuilt from may have turned out to be damaged, too.
  if (Status listable = view_.listable(); !listable) {
    stop(fail(std::move(listable.error())));
    return false;
  }
  const CancelScope to_its_end(nullptr);  // next_batch() checks: a walk always has a cursor
  open();
  place();
  return true;
}

// Whether the key is beyond the bound in the direction of the walk.
bool Walk::is_beyond(std::string_view key) const {
  return forward_ ? key >= *bounds_.to : key < bounds_.from;
}

// Copies the key if needed: a key of the index is valid only until the cursor moves.
void Walk::take(const index::Cursor& cursor, Slot& slot) const {
  slot.entry = cursor.entry();
  slot.is_settled = is_of_now_ && cursor.newest_seq() <= view_.seq();
  slot.has_record = cursor.record() != nullptr;
  if (slot.has_record) {
    slot.record = *cursor.record();
    slot.key = slot.record.key();
    return;
  }
  const std::string_view key = cursor.key();
  if (key.size() <= slot.kept.size()) [[likely]] {
    copy_short(slot.kept.data(), key.data(), key.size());
    slot.key = {slot.kept.data(), key.size()};
  } else {
    slot.key = slot.kept_long.assign(key);
  }
}

// This loop does nothing else: a processor stalls at a page-table miss, and so resolves several at
// once.
void Walk::ask_for_records(const Batch& batch) const {
  const log::View& bytes = batch.bytes;
  const bool asks_disk = batch.is_on_disk && !records_ahead_.in_order();
  for (unsigned i = 0; i < batch.filled; ++i) {
    const Slot& slot = batch.slots[i];
    const bool says_all = slot.has_record || (slot.is_settled && !slot.entry.expires());
    if (options_.keys_only && says_all) continue;
    const std::uint64_t offset = slot.entry.offset();
    prefetch_bytes(bytes.data, offset, record_size_, bytes.limit);
    if (asks_disk) bytes.file->will_read(offset, offset + record_size_);
  }
}

void Walk::stop(tl::unexpected<Error> why) {
  valid_ = false;
  status_ = std::move(why);
}

// --- Visibility.

Walk::Shows Walk::judge(Slot& slot) {
  if (slot.entry.offset() < dead_before_) [[unlikely]]
    return Shows::kNo;
  if (shows_by_index(slot)) {
    if (slot.entry.is_delete()) return Shows::kNo;
    if (!reads_each_) return Shows::kYes;
  }
  return judge_record(slot);
}

Walk::Shows Walk::judge_record(Slot& slot) {
  if (Status read = need_record(slot); !read) {
    stop(fail(std::move(read.error())));
    return Shows::kUnknown;
  }
  const Record& record = slot.record;
  if (is_of_now_ && record.seq <= view_.seq() && record.expires == 0) [[likely]]
    return record.kind == log::Kind::kDelete ? Shows::kNo : Shows::kYes;
  if (auto done = view_.resolve_from(slot.key, options_.at, &slot.record); !done) {
    stop(fail(std::move(done.error())));
    return Shows::kUnknown;
  }
  return slot.record.at ? Shows::kYes : Shows::kNo;
}

Status Walk::read(Slot& slot) {
  const std::uint64_t offset = slot.entry.offset();
  slot.has_record = batch_->bytes.header(offset, &slot.record) == log::HeaderCheck::kValid &&
                    slot.record.key() == slot.key;
  if (slot.has_record) {
    note_read(offset, slot.record.size());
    return {};
  }
  generation_->damage().saw(offset);
  return ReadView::corrupt(slot.key, {offset, 0, "its newest record is damaged"});
}

// What is read next will be about as large, and maybe next to it.
void Walk::note_read(std::uint64_t offset, std::uint64_t size) {
  if (batch_->is_on_disk) records_ahead_.reads(batch_->bytes.file, offset, size);
  if (!options_.keys_only) record_size_ = std::min(size, kMostRecordSize);
}

// --- Values.

Result<std::string_view> Walk::value() {
  Slot& slot = batch_->slots[at_];
  if (shows_by_index(slot)) [[likely]] {
    const std::uint64_t offset = slot.entry.offset();
    if (const auto plain = log::plain_value(batch_->bytes, offset, slot.key)) [[likely]] {
      note_read(offset, log::record_size(0, slot.key.size(), plain->size()));
      return *plain;
    }
  }
  return read_value(slot);
}

Result<std::string_view> Walk::read_value(Slot& slot) {
  KV_TRY(need_record(slot));
  const Record& record = slot.record;
  if (record.kind == log::Kind::kHole) {
    return ReadView::corrupt(slot.key, {record.offset, record.seq, log::kValueLost});
  }
  if (const auto stored = view_.stored_value(record)) return *stored;
  KV_TRY(view_.whole_value(record, &value_));
  return std::string_view(value_);
}

Result<KeyInfo> Walk::info() {
  Slot& slot = batch_->slots[at_];
  KV_TRY(need_record(slot));
  const Record& record = slot.record;
  return KeyInfo{static_cast<ValueType>(record.type), record.total, record.expires, record.seq,
                 record.time};
}

// Entries that are not visible count, too: a step over many deleted keys is as short as others.
Result<std::uint64_t> Walk::step(std::uint64_t count,
                                 const std::function<void(std::string_view)>& visit) {
  std::uint64_t last = 0;
  start_first();
  for (; count > 0 && has_slot(); --count, ++at_) {
    const Shows shows = judge(batch_->slots[at_]);
    if (shows == Shows::kUnknown) break;
    if (shows == Shows::kYes) visit(key());
    last = batch_->slots[at_].entry.offset();
  }
  const bool has_more = status_ && has_slot();
  if (!status_) return fail(status_.error());
  return has_more ? last : 0;
}

}  // namespace kvstore
