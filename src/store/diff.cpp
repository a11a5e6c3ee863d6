#include "src/store/diff.h"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "src/base/cancel.h"
#include "src/store/at_check.h"
#include "src/store/log_places.h"
#include "src/store/open_snapshots.h"
#include "src/store/walk.h"

namespace kvstore {
namespace {

using log::Record;
using log::Scanner;

// A time after the newest version means the newest version.
Result<std::uint64_t> seq_of(const ReadView& view, const At& at) {
  if (at.now()) return view.seq();
  KV_TRY(view.check_floor(at));
  if (at.seq) return std::min(*at.seq, view.seq());
  KV_ASSIGN(const std::uint64_t seq, seq_of_time(view.generation(), *at.time_us));
  // Among the times in a base only the floor's counts.
  const std::uint64_t floor = view.generation().view().base().floor_seq;
  return std::min(std::max(seq, floor), view.seq());
}

}  // namespace

Diff::Diff(std::shared_ptr<const SnapshotState> state, std::string prefix, std::size_t most_at_once)
    : state_(std::move(state)), prefix_(std::move(prefix)), most_at_once_(most_at_once) {}
Diff::Diff(Diff&&) noexcept = default;
Diff::~Diff() = default;

// Whether the key exists as of the seq; `record` is its record then.
bool Diff::was_there(const Record& record, std::uint64_t seq) const {
  if (record.at == nullptr || record.kind == log::Kind::kDelete) return false;
  const log::ClearMark* const clear = state_->generation()->clears().at_seq(seq);
  return !clear || record.offset > clear->offset;
}

std::optional<std::uint64_t> Diff::size_of(const Record& record, std::uint64_t seq) const {
  if (!was_there(record, seq)) return std::nullopt;
  return record.total;
}

Result<Diff> Diff::between(const Snapshot& snapshot, const At& from, const At& to,
                           std::string prefix, std::size_t most_at_once) {
  Diff diff(snapshot.state_, std::move(prefix), most_at_once);
  KV_TRY(diff.find_moments(from, to));
  return diff;
}

Status Diff::find_moments(const At& from, const At& to) {
  KV_TRY(SnapshotPin::check(*state_));
  const SnapshotPin pin(*state_);
  if (!pin) return {};
  const ReadView view = pin.view();
  KV_ASSIGN(from_, seq_of(view, from));
  KV_ASSIGN(to_, seq_of(view, to));
  if (to_ < from_) {
    return fail(Code::kNumber,
                fmt::format("the second moment (version {}) is before the first ({})", to_, from_),
                fmt::format("DIFF {} {}", to_, from_));
  }
  // What is missing at the log's end was written after everything visible.
  reaches_end_ = to_ == view.seq() && !(to.seq && *to.seq <= view.seq());
  begin_ = place_of_seq(view.generation(), from_);
  rewind();
  return {};
}

void Diff::rewind() {
  items_.clear();
  at_ = 0;
  has_all_ = false;
  last_.reset();
}

Result<std::uint64_t> Diff::count() {
  rewind();
  KV_TRY(SnapshotPin::check(*state_));
  const SnapshotPin pin(*state_);
  if (!pin) return 0;
  KV_TRY(begin_pass());
  for (std::uint64_t count = 0;; ++count) {
    KV_ASSIGN(const auto item, next_item());
    if (!item) return count;
  }
}

Result<std::optional<KeyChange>> Diff::next() {
  KV_TRY(SnapshotPin::check(*state_));
  const SnapshotPin pin(*state_);
  if (!pin) return std::nullopt;
  if (at_ == items_.size() && !has_all_) KV_TRY(fill());
  if (at_ == items_.size()) return std::nullopt;
  KV_ASSIGN(const KeyChange change, change_of(items_[at_++]));
  return change;
}

// --- Key order.

// Keys lie in the log, which does not move while the snapshot is kept.
Status Diff::fill() {
  if (!items_.empty()) last_ = key_of(items_.back());
  items_.clear();
  at_ = 0;
  KV_TRY(begin_pass());
  while (true) {
    const auto item = next_item();
    if (!item) {
      items_.clear();  // so that another call returns the same
      return fail(item.error());
    }
    if (!*item) break;
    items_.push_back(**item);
    if (items_.size() >= 2 * most_at_once_) keep_first();
  }
  has_all_ = !beyond_ && items_.size() <= most_at_once_;
  if (items_.size() > most_at_once_) keep_first();
  std::sort(items_.begin(), items_.end(),
            [this](const Item& a, const Item& b) { return is_before(a, b); });
  return {};
}

void Diff::keep_first() {
  const auto end = items_.begin() + static_cast<std::ptrdiff_t>(most_at_once_);
  std::nth_element(items_.begin(), end, items_.end(),
                   [this](const Item& a, const Item& b) { return is_before(a, b); });
  beyond_ = key_of(*end);
  items_.resize(most_at_once_);
}

bool Diff::is_in_pass(std::string_view key) const {
  return key.starts_with(prefix_) && (!last_ || key > *last_) && (!beyond_ || key < *beyond_);
}

Diff::Item Diff::item_at(const Record& record) const {
  Item item{0, record.offset};
  std::string_view key = record.key();
  key.remove_prefix(prefix_.size());
  for (std::size_t i = 0; i < sizeof item.beginning; ++i) {
    item.beginning = item.beginning << 8 | (i < key.size() ? static_cast<std::uint8_t>(key[i]) : 0);
  }
  return item;
}

std::string_view Diff::key_of(const Item& item) const {
  Record record;
  const auto read = state_->generation()->view().header(item.offset, &record);
  return read == log::HeaderCheck::kValid ? record.key() : std::string_view();
}

bool Diff::is_before(const Item& a, const Item& b) const {
  if (a.beginning != b.beginning) return a.beginning < b.beginning;
  return key_of(a) < key_of(b);
}

// The key's change; next_item() has found that there is one.
Result<KeyChange> Diff::change_of(const Item& item) const {
  const Generation& generation = *state_->generation();
  Record record;
  if (generation.view().header(item.offset, &record) != log::HeaderCheck::kValid) {
    return fail(Code::kCorrupt, fmt::format("offset {}: it cannot be read any more", item.offset));
  }
  KV_ASSIGN(const Record before, record_before(record));
  const log::ClearMark* const by = ReadView(generation, to_).deleted_by(record);
  if (by) return KeyChange{record.key(), by->seq, by->time, size_of(before, from_), {}};
  return KeyChange{record.key(), record.seq, record.time, size_of(before, from_),
                   size_of(record, to_)};
}

// --- Log order.

Status Diff::begin_pass() {
  scanner_.reset();
  clear_ = {};
  beyond_.reset();
  const Generation* const generation = state_->generation();
  if (generation == nullptr) return {};
  if (reaches_end_) KV_TRY(check_end(*generation));
  if (from_ != to_) {
    scanner_.emplace(generation->view().up_to(generation->visible_end()), begin_);
  }
  return {};
}

// The key's record as of the first moment, found from a later one.
Result<Record> Diff::record_before(const Record& record) const {
  const Generation& generation = *state_->generation();
  const auto before = log::find_seq(generation.view(), record, from_);
  if (!before) return ReadView::corrupt(record.key(), before.error());
  if (was_there(*before, from_)) {
    At then;
    then.seq = from_;
    KV_TRY(ReadView(generation, to_).check_lost_clear(record.key(), then, *before));
  }
  return *before;
}

// nullopt: the record is not its key's newest then, or the key was missing before and after.
Result<std::optional<Diff::Item>> Diff::item_of(const Record& record) const {
  if (!is_in_pass(record.key())) return std::nullopt;
  const Generation& generation = *state_->generation();
  const Found newest = generation.find(record.key(), to_);
  if (newest.is_corrupt()) return ReadView::corrupt(record.key(), newest.broken);
  if (newest.record.offset != record.offset) return std::nullopt;
  if (ReadView(generation, to_).deleted_by(record)) return std::nullopt;  // reported at the CLEAR
  KV_ASSIGN(const Record before, record_before(record));
  if (!was_there(before, from_) && !was_there(record, to_)) return std::nullopt;
  return item_at(record);
}

Status Diff::begin_clear(const Record& record) {
  const Generation& generation = *state_->generation();
  clear_ = {record.offset, record.seq, record.time};
  keys_.reset();
  again_.reset();
  const log::ClearMark* const before = generation.clears().at_seq(record.seq - 1);
  if (before && before->seq > from_) {
    again_.emplace(generation.view().up_to(record.offset),
                   log::Position{before->offset, before->seq - 1, 0, true});
    return {};
  }
  IteratorOptions then{.prefix = prefix_};
  then.at.seq = from_;
  KV_ASSIGN(keys_, Walk::begin(ReadView(generation, to_), then));
  keys_->first();
  return {};
}

// nullopt: the CLEAR has deleted no more keys.
Result<std::optional<Diff::Item>> Diff::next_of_clear() {
  while (keys_ && keys_->valid()) {
    KV_ASSIGN(const auto item, cleared(keys_->key()));
    keys_->next();
    if (item) return item;
  }
  if (keys_) KV_TRY(Status(keys_->status()));
  while (again_) {
    const Scanner::Step step = again_->next();
    if (step == Scanner::Step::kBad) continue;  // it was judged in the first pass
    if (step != Scanner::Step::kRecord) break;
    const Record& record = again_->record();
    const bool is_wanted = record.has_key() && is_in_pass(record.key());
    const Found newest = is_wanted ? state_->generation()->find(record.key(), to_) : Found{};
    if (!is_wanted || newest.record.offset != record.offset) continue;
    KV_ASSIGN(const auto item, cleared(record.key()));
    if (item) return item;
  }
  clear_ = {};
  return std::nullopt;
}

Result<std::optional<Diff::Item>> Diff::cleared(std::string_view key) const {
  if (!is_in_pass(key)) return std::nullopt;
  const Generation& generation = *state_->generation();
  const Found newest = generation.find(key, to_);
  if (newest.has_lost_history()) return ReadView::corrupt(key, newest.broken);
  const log::ClearMark* const by = ReadView(generation, to_).deleted_by(newest.record);
  if (!by || by->offset != clear_.offset) return std::nullopt;
  KV_ASSIGN(const Record before, record_before(newest.record));
  if (!was_there(before, from_)) return std::nullopt;
  return item_at(newest.record);
}

// Whether what was lost just before the record was written by the first moment.
bool Diff::is_after_loss_of_before(const Record& record) const {
  const bool is_first = record.takes_seq() && (record.flags & log::kBatchMember) == 0;
  return record.seq <= from_ || (is_first && record.seq == from_ + 1);
}

// nullopt: the record is not between the moments, or changes nothing.
Result<std::optional<Diff::Item>> Diff::take_record(const Record& record) {
  if (!record.takes_seq() || record.seq <= from_) return std::nullopt;
  if (record.seq <= to_) {
    if (!record.is_of_all()) return item_of(record);
    KV_TRY(begin_clear(record));
    return next_of_clear();
  }
  scanner_.reset();
  return std::nullopt;
}

// Whether everything from here on was written after the second moment.
bool Diff::is_behind_all() const {
  return scanner_->last_seq() >= to_ && !scanner_->in_open_batch();
}

Result<std::optional<Diff::Item>> Diff::next_item() {
  if (clear_.offset != 0) {
    KV_ASSIGN(const auto item, next_of_clear());
    if (item) return item;
  }
  Status lost;  // by the bad place before
  while (scanner_) {
    if (is_cancelled()) return cancelled();
    const bool is_behind = is_behind_all();
    switch (scanner_->next()) {
      case Scanner::Step::kRecord: {
        if (!lost && !is_after_loss_of_before(scanner_->record())) return fail(lost.error());
        lost = {};
        KV_ASSIGN(const auto item, take_record(scanner_->record()));
        if (item) return item;
        break;
      }
      case Scanner::Step::kBad:
        if (is_behind) {
          scanner_.reset();
        } else {
          lost = check_bad_place(scanner_->bad());
        }
        break;
      case Scanner::Step::kNewer:
        return fail(log::newer_record(scanner_->record()));
      case Scanner::Step::kZeros:
      case Scanner::Step::kEnd:
        scanner_.reset();
    }
  }
  KV_TRY(std::move(lost));
  return std::nullopt;
}

// --- A version above the newest one.

namespace {

// A scan from the newest version to the log's end finds out whether the end is missing.
Status check_end_of_log(Store& store, std::uint64_t newest) {
  KV_ASSIGN(const Snapshot snapshot, store.snapshot());
  KV_ASSIGN(Diff rest, Diff::between(snapshot, At{newest, std::nullopt}, {}, ""));
  KV_TRY(rest.count());
  return {};
}

}  // namespace

Status check_version(Store& store, std::uint64_t seq, std::string_view hint) {
  KV_ASSIGN(const std::uint64_t newest, store.last_seq());
  if (seq <= newest) return {};
  const Status whole = check_end_of_log(store, newest);
  if (!whole && whole.error().code == Code::kCorrupt) {
    return fail(Code::kCorrupt,
                fmt::format("whether there was a version {} cannot be known: {}; the newest that "
                            "can be read is {}",
                            seq, whole.error().message, newest));
  }
  return fail(Code::kNumber,
              fmt::format("there is no version {} yet: the newest is {}", seq, newest),
              std::string(hint));
}

}  // namespace kvstore
