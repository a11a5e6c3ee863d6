#include "src/log/log.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>

#include <fmt/core.h>

#include "src/base/check.h"
#include "src/base/clock.h"
#include "src/base/hash.h"
#include "src/base/prefetch.h"
#include "src/file/bus_guard.h"
#include "src/log/chain.h"
#include "src/log/scanner.h"

namespace kvstore::log {
namespace {

constexpr std::uint64_t kMinChunk = std::uint64_t{64} << 10;
constexpr std::uint64_t kMaxChunk = std::uint64_t{64} << 20;
// The preallocated space that is still free when the file grows: pages are prefaulted up to there
// and a little further.
constexpr std::uint64_t kMaxLead = std::uint64_t{16} << 20;
constexpr std::uint64_t kLargeSync = std::uint64_t{4} << 20;

// The part of a draft that follows from the change alone.
Draft draft_of(const Change& change) {
  const bool is_clear = change.kind == Kind::kClear;
  KV_CHECK(!is_clear || change.key.empty());
  Draft draft;
  draft.kind = change.kind;
  draft.type = change.type;
  draft.expires = change.expires;
  draft.raw_size = change.raw_size;
  draft.encoding = change.encoding;
  draft.total = change.length();
  draft.key = change.key;
  draft.value = change.value;
  if (change.starts && !is_clear) draft.flags |= kChainStart;
  if (change.is_written_out) draft.flags |= kWrittenOut;
  return draft;
}

// Links the record that is built at the end of `view` to its key's previous one. The draft's skip
// block is a view of *link, which must be new.
void link_to_previous(const View& view, const Change& change, Draft* draft, ChainLink* link) {
  if (change.kind == Kind::kClear) {
    draft->prev = change.previous.offset;  // CLEARs are linked, but have no chain
  } else if (change.previous) {
    if (!change.starts) draft->total += change.previous.total;
    draft->chained = true;
    draft->prev = change.previous.offset;
    const SkipEntry self{view.limit, draft->seq, draft->total, change.starts};
    next_link(view, change.previous, self, link);
    draft->ordinal = link->ordinal;
    draft->since_start = link->since_start;
    draft->skip = link->skip;
    draft->skip_block = link->skip_block.bytes();
  } else if (change.broken_previous != 0) {
    KV_CHECK(change.starts);
    draft->chained = true;
    draft->prev = change.broken_previous;
  }
}

// Lets the source store its bytes in the place of the value of the record at `offset`.
Status store_source(const ValueSource& source, file::LogFile& file, std::uint64_t offset,
                    Draft* draft) {
  std::uint8_t* const at = file.data() + offset + kRecordHeaderSize +
                           draft->extension_units() * kExtensionUnit + draft->key.size();
  draft->value = {reinterpret_cast<const char*>(at), source.size()};
  KV_CHECK(offset + draft->size() <= file.size());
  return source.store(at);
}

}  // namespace

std::uint64_t Log::max_record_size(const Change& change) {
  std::size_t units = 1;  // one for D, which may change until the record is built
  if (change.previous || change.broken_previous != 0) units += 2;
  if (change.expires != 0) units += 1;
  if (change.kind == Kind::kGap || change.kind == Kind::kRef) units += 2;
  if (change.encoding.codec != Codec::kNone) units += 1;
  if (change.previous && change.previous.skip_block_follows()) {
    units += (SkipBytes::kMax + 2) / kExtensionUnit;
  }
  return record_size(units, change.key.size(), change.stored_size());
}

Log::Log(std::unique_ptr<file::LogFile> file, std::string path, const HeaderPage& page,
         const Id& boot_id)
    : file_(std::move(file)),
      path_(std::move(path)),
      page_(page),
      binding_(page.header.file_id),
      boot_id_(boot_id),
      validity_(page.slot.epochs, page.base),
      epoch_(std::max<std::uint16_t>(page.slot.epoch, 1)),  // a forged slot may say 0
      slot_(page.slot) {
  last_seq_ = page.base.floor_seq;
}

std::string Log::new_file(const Id& db_id, const Id& boot_id, const Floor& floor) {
  FileHeader header;
  header.db_id = db_id;
  header.file_id = random_id();
  header.floor_seq = floor.seq;
  header.floor_time = floor.time_us;
  header.incompatible =
      (floor.has_base ? kFeatureKeyOrder : 0) | (floor.compressed ? kFeatureCompressed : 0);
  if (floor.increment) {
    header.incompatible |= kFeatureIncrement;
    header.increment = *floor.increment;
  }
  const std::uint64_t now = believed_now_us();
  header.created = floor.created != 0 ? floor.created : now;
  Slot slot;
  slot.floor_seq = header.floor_seq;
  slot.floor_time = header.floor_time;
  slot.incompatible = header.incompatible;
  slot.clean = true;
  slot.boot_id = boot_id;
  slot.time = now;
  slot.epochs = {{kHeaderPageSize, slot.epoch}};
  return encode_header_page(header, slot);
}

void Log::adopt(const RecoveryScan& scan) {
  prev_key_hash_ = scan.prev_key_hash();
  after_batch_ = scan.last_in_batch();
  after_all_ = scan.last_is_of_all();
  noted_durable_ = scan.durable();
  pending_end_ = scan.end();
  last_seq_ = scan.last_seq();
  durable_end_.store(std::min(scan.durable(), scan.end()), std::memory_order_release);
  end_.store(scan.end(), std::memory_order_release);
}

void Log::adopt_for_writing(const RecoveryScan& scan) {
  adopt(scan);
  // The lost slot may have had a higher epoch than the readable one.
  if (epoch_is_later(scan.epoch(), epoch_)) epoch_ = scan.epoch();
  begin_epoch(scan.end());
}

// Begins epoch_ at `offset`.
void Log::begin_epoch(std::uint64_t offset) {
  validity_.cut(offset);
  if (validity_.newest_epoch() != epoch_) validity_.add_epoch(offset, epoch_);
  MutexLock lock(slot_mutex_);
  if (slot_.checkpoint >= offset) slot_.checkpoint = 0;  // it was cut
  slot_.epoch = epoch_;
  slot_.epochs.assign(validity_.epochs().begin(), validity_.epochs().end());
}

Status Log::recover(const RecoveryScan& scan) {
  adopt_for_writing(scan);
  // Records of this epoch that were cut, or lost, must not be accepted later. If none was ever
  // written, the epoch is kept, because epochs must not wrap around to old ones too soon.
  const bool used = scan.epoch() == epoch_ || scan.torn_end() > scan.end();
  if (used && ++epoch_ == 0) epoch_ = 1;  // 0 means "no record yet"
  begin_epoch(scan.end());
  unrecovered_.store(std::min(scan.durable(), scan.end()));
  Status finished = finish_recovery();
  if (!finished && finished.error().code == Code::kFull) return {};
  return finished;
}

// Bytes above D may be clean in the page cache only because an earlier sync failed, and may be
// missing on the disk.
Status Log::finish_recovery() {
  KV_TRY(file_->truncate(pending_end_));
  KV_TRY(file_->make_dirty(unrecovered_.load(), pending_end_));
  {
    // The slot's D and the fields that belong to it stay unchanged.
    MutexLock lock(slot_mutex_);
    KV_TRY(write_slot({slot_.durable_end, slot_.last_seq, slot_.prev_key_hash,
                       slot_.last_not_in_batch, 0, slot_.last_is_of_all},
                      false));
  }
  KV_TRY(sync_file(durable_end(), pending_end_));
  in_use_ = true;
  unrecovered_.store(UINT64_MAX);
  durable_end_.store(pending_end_, std::memory_order_release);
  if (Status noted = store_slot(position(), false); !noted && noted.error().code != Code::kFull) {
    return noted;
  }
  return {};
}

Status Log::reserve(std::uint64_t size) {
  if (unrecovered_.load() != UINT64_MAX) [[unlikely]]
    KV_TRY(finish_recovery());
  const std::uint64_t needed = pending_end_ + size;
  // What a former write had to leave in memory, zeros by now, must not follow this one.
  if (batch_.built == 0) KV_TRY(write_back());
  if (needed + lead_ > file_->size()) KV_TRY(grow(needed));
  if (needed > populated_) populate(needed);
  return {};
}

Status Log::grow(std::uint64_t needed) {
  if (needed > kMaxOffset) return fail(Code::kFull, path_ + " has reached 256 TiB");
  const std::uint64_t chunk = std::clamp(pending_end_ / 4, kMinChunk, kMaxChunk);
  // Whole huge pages, if that adds little.
  const std::uint64_t unit = chunk < 4 * file::kLargePage ? kPage : file::kLargePage;
  const std::uint64_t wished = round_up(needed + chunk, unit);
  const std::uint64_t least = round_up(needed, kPage);
  const std::uint64_t new_size = std::min(wished, std::max(least, file_->capacity()));
  const bool is_early = needed <= file_->size();
  Status grown;
  if (new_size > file_->size()) grown = file_->extend(new_size);
  lead_ = grown && new_size == wished ? std::min(chunk / 2, kMaxLead) : 0;
  if (is_early) return {};  // what failed is retried once it is needed
  // On a nearly full disk there may still be space for this record.
  if (!grown && grown.error().code == Code::kFull) grown = file_->extend(least);
  return grown;
}

void Log::populate(std::uint64_t needed) {
  const std::uint64_t end = std::min(round_up(needed, file::kLargePage), file_->size());
  if (end > populated_) file_->populate(populated_, end, file::Pages::kLarge);
  populated_ = std::max(end, needed);
}

Status Log::mark_in_use() {
  if (in_use_) [[likely]]
    return {};
  if (unrecovered_.load() != UINT64_MAX) return finish_recovery();
  MutexLock lock(slot_mutex_);
  KV_TRY(
      write_slot({durable_end(), last_seq_, prev_key_hash_, !after_batch_, 0, after_all_}, false));
  in_use_ = true;
  return {};
}

// The slot must name the feature before the first record of that kind: a program that does not know
// it then refuses the file, even if it would open it by an index that covers the record.
Status Log::note_feature(Kind kind) {
  const std::uint64_t feature = kind == Kind::kRef     ? kFeatureReferences
                                : kind == Kind::kClear ? kFeatureClears
                                                       : 0;
  MutexLock lock(slot_mutex_);
  const std::uint64_t before = slot_.incompatible;
  if ((before & feature) == feature) return {};
  slot_.incompatible |= feature;
  Status written =
      write_slot({durable_end(), last_seq_, prev_key_hash_, !after_batch_, 0, after_all_}, false);
  if (!written) slot_.incompatible = before;
  return written;
}

// A slot that does not reach the file must not show in this process only: the next one would
// overwrite the newest that the file has.
//
// A later time that the last slot knew stays until something is written: that, too, was believed.
Status Log::write_slot(const Position& position, bool clean, std::uint64_t time_us) {
  const bool is_as_before = position.seq == slot_.last_seq && is_believable(slot_.time);
  if (time_us == 0) time_us = std::max(now_us(), is_as_before ? slot_.time : 0);
  std::uint8_t* const page = file_->data();
  std::array<std::uint8_t, kHeaderPageSize> before;
  std::memcpy(before.data(), page, before.size());
  ++slot_.counter;
  slot_.clean = clean;
  slot_.durable_end = position.end;
  slot_.last_seq = position.seq;
  slot_.prev_key_hash = position.prev_key_hash;
  slot_.last_not_in_batch = position.last_not_in_batch;
  slot_.last_is_of_all = position.last_is_of_all;
  slot_.boot_id = boot_id_;
  slot_.time = time_us;
  log::store_slot(slot_, binding_, page);
  Status written = file_->write_back(0, kHeaderPageSize);
  if (written) return {};
  --slot_.counter;
  std::memcpy(page, before.data(), before.size());
  KV_TRY(file_->write_back(0, kHeaderPageSize));
  return written;
}

Status Log::store_slot(const Position& position, bool clean) {
  if (unrecovered_.load() != UINT64_MAX) return fail(Code::kFull, path_ + " is not recovered yet");
  MutexLock lock(slot_mutex_);
  return write_slot(position, clean);
}

// A writer would need a million years to get there.
Result<std::uint64_t> Log::next_seq() const {
  if (last_seq_ < UINT64_MAX) return last_seq_ + 1;
  return fail(Code::kFull, path_ + " has used up its sequence numbers");
}

Status Log::make_ready(const Change& change, std::uint64_t size) {
  KV_TRY(reserve(size));
  KV_TRY(mark_in_use());
  return change.kind >= Kind::kClear ? note_feature(change.kind) : Status{};
}

Result<std::uint64_t> Log::append(const Change& change, std::uint64_t seq, std::uint64_t time_us) {
  const bool opens_batch = batch_.count > 0 && batch_.built == 0;
  Status ready = make_ready(change, max_record_size(change) + (opens_batch ? kBatchOverhead : 0));
  if (!ready) [[unlikely]] {
    undo_batch();
    return fail(std::move(ready.error()));
  }
  const std::uint64_t offset = pending_end_;
  KV_TRY(build(change, seq, time_us));
  last_seq_ = std::max(seq, validity_.base().floor_seq);
  if (batch_.count == 0) end_.store(pending_end_, std::memory_order_release);
  return offset;
}

// Stores the header_crc of what was built in [begin, end), if all of that is in the file. kFull:
// there are zeros again.
Status Log::publish(std::uint64_t begin, std::uint64_t end, std::uint32_t header_crc) {
  Status stored = write_back();
  if (stored) [[likely]] {
    publish_header(file_->data(), begin, header_crc);
    stored = write_back();  // its page may have been written to the disk meanwhile
  }
  if (!stored) [[unlikely]]
    erase(begin, end);
  return stored;
}

// Some pages may be in the file already, and have no space for zeros: those after the log's end are
// cut. What still cannot be given back to the file is held until the next write.
void Log::erase(std::uint64_t begin, std::uint64_t end) {
  std::memset(file_->data() + begin, 0, end - begin);
  if (write_back()) return;
  if (begin >= end_.load() && file_->truncate(round_up(begin, kPage))) (void)write_back();
}

// The first record after a sync stores how far that sync reached.
void Log::note_durable(Draft* draft) {
  const std::uint64_t durable = durable_end();
  if (durable > noted_durable_) draft->durable = noted_durable_ = durable;
}

// Its flags and hash about the record before it concern the last record with a key.
Result<std::uint64_t> Log::append_derived(Draft* draft, std::uint64_t body) {
  KV_CHECK(batch_.count == 0 && body % kAlignment == 0);
  draft->epoch = epoch_;
  draft->seq = last_seq_;
  draft->prev_key_hash = prev_key_hash_;
  if (after_batch_) draft->flags |= kAfterBatch;
  if (after_all_) draft->flags |= kAfterAll;
  KV_TRY(reserve(draft->size() + kExtensionUnit + body));  // includes extension D, if it has it
  KV_TRY(mark_in_use());
  const std::uint64_t offset = pending_end_, noted_before = noted_durable_;
  note_durable(draft);
  const std::uint32_t header_crc = build_record(*draft, binding_, file_->data(), offset);
  if (Status published = publish(offset, offset + draft->size(), header_crc); !published) {
    noted_durable_ = noted_before;
    return fail(std::move(published.error()));
  }
  pending_end_ += draft->size() + body;
  end_.store(pending_end_, std::memory_order_release);
  return offset;
}

Result<ExtentPlace> Log::append_extent(std::uint64_t size, std::uint64_t time_us) {
  Draft draft;
  draft.kind = Kind::kExtent;
  draft.time = time_us;
  draft.raw_size = size;
  KV_ASSIGN(const std::uint64_t offset, append_derived(&draft, size));
  return ExtentPlace{offset, offset + draft.size()};
}

Status Log::store_body(std::uint64_t offset, std::span<const std::uint8_t> piece) {
  KV_CHECK(batch_.count == 0 && offset + piece.size() <= pending_end_);
  note_body(offset);
  std::memcpy(file_->data() + offset, piece.data(), piece.size());
  Status stored = write_back();
  if (!stored) erase(offset, offset + piece.size());
  return stored;
}

Result<std::uint64_t> Log::append_dictionary(std::string_view bytes, std::uint64_t time_us) {
  KV_CHECK(pending_end_ == kDictionaryOffset && dictionary() != nullptr);
  Draft draft;
  draft.kind = Kind::kDictionary;
  draft.time = time_us;
  draft.value = bytes;
  return append_derived(&draft, 0);
}

Result<std::uint64_t> Log::append_checkpoint(std::string_view value, std::uint64_t time_us) {
  Draft draft;
  draft.kind = Kind::kCheckpoint;
  draft.time = time_us;
  draft.value = value;
  return append_derived(&draft, 0);
}

void Log::name_checkpoint(std::uint64_t offset) {
  MutexLock lock(slot_mutex_);
  slot_.checkpoint = offset;
}

std::uint64_t Log::checkpoint() const {
  MutexLock lock(slot_mutex_);
  return slot_.checkpoint;
}

namespace {

// Where the next record will be, which may be as large: another processor has zeroed its page, and
// to store into its lines takes as long as to load them.
void fetch_tail(std::uint8_t* data, std::uint64_t offset, std::uint64_t size) {
  constexpr std::uint64_t kMost = 8 * kCacheLine;
  const std::uint64_t end = offset + std::min(size, kMost);
  for (; offset < end; offset += kCacheLine) prefetch_to_write(data + offset);
}

}  // namespace

Status Log::build(const Change& change, std::uint64_t seq, std::uint64_t time) {
  KV_CHECK(change.encoding.codec == Codec::kNone || dictionary() != nullptr);
  const bool in_batch = batch_.count > 0, opens_batch = in_batch && batch_.built == 0;
  Draft draft = draft_of(change);
  draft.epoch = epoch_;
  draft.prev_key_hash = prev_key_hash_;
  draft.seq = seq;
  draft.time = time;
  if (in_batch) draft.flags |= kBatchMember;
  if (opens_batch) draft.batch_count = batch_.count;
  if (after_batch_ && (!in_batch || opens_batch)) draft.flags |= kAfterBatch;
  if (after_all_) draft.flags |= kAfterAll;
  const std::uint64_t noted_before = noted_durable_;
  note_durable(&draft);
  ChainLink link;
  if (change.previous || change.broken_previous != 0) {
    link_to_previous(pending_view(), change, &draft, &link);
  }
  std::uint8_t* const data = file_->data();
  if (change.source) [[unlikely]] {
    KV_TRY(store_source(*change.source, *file_, pending_end_, &draft));
  }
  KV_CHECK(pending_end_ + draft.size() <= file_->size());
  const std::uint64_t size = draft.size();
  const std::uint32_t header_crc = build_record(draft, binding_, data, pending_end_);
  if (!in_batch) {
    if (Status published = publish(pending_end_, pending_end_ + size, header_crc); !published) {
      noted_durable_ = noted_before;
      return published;
    }
  } else if (!opens_batch) {
    publish_header(data, pending_end_, header_crc);  // seen with the batch
  }
  if (in_batch) {
    ++batch_.built;
    last_of_batch_ = {pending_end_, seq,           draft.total,       draft.prev,
                      draft.skip,   draft.ordinal, draft.since_start, change.starts};
  }
  after_batch_ = in_batch;
  after_all_ = change.kind == Kind::kClear;
  prev_key_hash_ = static_cast<std::uint32_t>(hash_key(change.key));
  pending_end_ += size;
  fetch_tail(data, pending_end_, std::min(size, file_->size() - pending_end_));
  return {};
}

Status Log::end_base() {
  KV_CHECK(batch_.count == 0 && (page_.header.incompatible & kFeatureKeyOrder) != 0);
  page_.header.base_end = page_.base.end = pending_end_;
  validity_.set_base(page_.base);
  store_header(page_.header, file_->data());
  in_use_ = true;  // otherwise close() would not sync
  // In both slots, with the one that close() writes: either is enough for a salvage.
  MutexLock lock(slot_mutex_);
  slot_.base_end = pending_end_;
  return write_slot({durable_end(), last_seq_, prev_key_hash_, !after_batch_, 0, after_all_},
                    false);
}

void Log::begin_batch(std::uint32_t count) {
  KV_CHECK(batch_.count == 0 && count > 1);
  batch_ = {count, 0, position(), noted_durable_};
}

Status Log::finish_batch() {
  KV_CHECK(batch_.count > 0 && batch_.built == batch_.count);
  const std::uint64_t begin = batch_.before.end;
  const std::uint32_t header_crc = seal_batch(file_->data(), begin, binding_, pending_end_ - begin);
  Status published = publish(begin, pending_end_, header_crc);
  if (!published) {
    pending_end_ = begin;  // erased already
    undo_batch();
    return published;
  }
  batch_ = {};
  end_.store(pending_end_, std::memory_order_release);
  return {};
}

// Forgets the members of the open batch.
void Log::undo_batch() {
  if (batch_.count == 0) return;
  const Position& before = batch_.before;
  erase(before.end, pending_end_);
  pending_end_ = before.end;
  last_seq_ = before.seq;
  prev_key_hash_ = before.prev_key_hash;
  after_batch_ = !before.last_not_in_batch;
  after_all_ = before.last_is_of_all;
  noted_durable_ = batch_.noted_durable;
  batch_ = {};
}

// Bytes stored in a page that the disk could not read are in memory only. The slots, in the first
// page, are stored at every sync.
bool Log::has_lost_stores(std::uint64_t begin, std::uint64_t end) const {
  const std::uint8_t* data = file_->data();
  return file::is_unreadable(data + begin, data + end) ||
         file::is_unreadable(data, data + kHeaderPageSize);
}

Status Log::sync_file(std::uint64_t begin, std::uint64_t end) {
  if (end > begin + kLargeSync) file_->before_large_sync(begin, end);
  KV_TRY(file_->sync());
  if (has_lost_stores(begin, end)) {
    return fail(Code::kIo,
                fmt::format("cannot write {}: the disk failed under what was written after "
                            "offset {}",
                            path_, begin));
  }
  return {};
}

void Log::note_body(std::uint64_t offset) {
  std::uint64_t first = unsynced_body_.load();
  while (offset < first && !unsynced_body_.compare_exchange_weak(first, offset)) {
  }
}

// Like a recovery of the bytes above D: they are checked, and then their pages are made dirty, as
// the kernel takes them for clean, and may have dropped them.
Status Log::store_again(const Position& synced) {
  Scanner scanner(view().up_to(pending_end_), synced);
  while (scanner.end() < pending_end_) {
    const std::uint64_t offset = scanner.end();
    const bool is_there =
        scanner.next() == Scanner::Step::kRecord && body_is_valid(scanner.record(), binding_);
    if (is_there) continue;
    return fail(Code::kIo,
                fmt::format("cannot write {}: the disk was full at a sync, and what was written "
                            "at offset {} is lost",
                            path_, offset));
  }
  if (unrecovered_.load() != UINT64_MAX) KV_TRY(finish_recovery());
  KV_TRY(file_->make_dirty(std::min(synced.end, unsynced_body_.load()), pending_end_));
  KV_TRY(store_slot(synced, false));
  must_store_again_.store(false, std::memory_order_release);
  return {};
}

Status Log::sync(const Position& position) {
  const std::uint64_t body = unsynced_body_.exchange(UINT64_MAX);
  if (Status synced = sync_file(durable_end(), position.end); !synced) {
    note_body(body);
    if (synced.error().code == Code::kFull) must_store_again_.store(true);
    return synced;
  }
  // What recovery must store again may have been lost by an earlier sync.
  const bool is_whole = unrecovered_.load() == UINT64_MAX;
  if (is_whole && position.end > durable_end())
    durable_end_.store(position.end, std::memory_order_release);
  return {};
}

Status Log::close(std::uint64_t known_us) {
  if (!in_use_) return {};
  const Position last = position();
  // First the records, then the slot that refers to them.
  KV_TRY(sync(last));
  KV_TRY(file_->truncate(last.end));
  {
    MutexLock lock(slot_mutex_);
    KV_TRY(write_slot(last, true, known_us));
  }
  KV_TRY(file_->sync());
  in_use_ = false;
  return {};
}

}  // namespace kvstore::log
