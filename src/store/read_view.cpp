#include "src/store/read_view.h"

#include <algorithm>

#include <fmt/core.h>

#include "src/base/quote.h"
#include "src/log/chain.h"
#include "src/log/lost.h"
#include "src/store/log_places.h"

namespace kvstore {
namespace {

using log::Kind;
using log::Record;

constexpr std::size_t kShownKey = 64;  // bytes of a key shown in a message

bool is_before(const Record& record, const log::ClearMark* clear) {
  return clear && record.offset < clear->offset;
}

// A base has one version of each key, in one record or in pieces; this record is the last piece.
Version version_of(const log::View& view, const Record& record, bool in_base) {
  const bool is_piece = in_base && record.kind == Kind::kAppend;
  const Version::Kind kind = is_piece ? Version::Kind::kSet : version_kind(view, record);
  return {kind, record.seq, record.time, record.total, record.expires, type_of(record)};
}

}  // namespace

std::uint64_t begin_of_read(std::int64_t offset, std::uint64_t total) {
  if (offset >= 0) return std::min(static_cast<std::uint64_t>(offset), total);
  const std::uint64_t back = ~static_cast<std::uint64_t>(offset) + 1;
  return back >= total ? 0 : total - back;
}

Status check_whole_value(std::uint64_t total) {
  if (total <= kMaxValueSize) return {};
  return fail(
      Code::kTooBig,
      fmt::format("the value has {} bytes; one GET answers at most {}", total, kMaxValueSize),
      "read it in parts");
}

Status check_part_size(std::uint64_t size) {
  if (size <= kMaxValueSize) return {};
  return fail(Code::kTooBig, fmt::format("one READ answers at most {} bytes", kMaxValueSize),
              "read it in parts");
}

namespace {

// True for an append of no bytes that changes the expiry.
bool is_of_expiry(const log::View& view, const Record& record) {
  if (record.kind != Kind::kAppend || record.length() != 0 || record.begins_anew()) return false;
  Record before;
  return view.header(record.prev, &before) != log::HeaderCheck::kValid ||
         before.expires != record.expires;
}

}  // namespace

Version::Kind version_kind(const log::View& view, const Record& record) {
  switch (record.kind) {
    case Kind::kAppend:
      return is_of_expiry(view, record) ? Version::Kind::kExpire : Version::Kind::kAppend;
    case Kind::kDelete:
      return Version::Kind::kDelete;
    case Kind::kHole:
      return Version::Kind::kHole;
    case Kind::kGap:
      return Version::Kind::kGap;
    case Kind::kClear:
      return Version::Kind::kClear;
    default:
      return Version::Kind::kSet;
  }
}

KeyInfo key_info(const Record& record) {
  return {type_of(record), record.total, record.expires, record.seq, record.time};
}

tl::unexpected<Error> wrong_type(std::string_view key, ValueType asked) {
  std::string shown;
  append_quoted(key, &shown, kShownKey);
  if (asked == ValueType::kZset)
    return fail(Code::kType, fmt::format("key {} is a string, not a sorted set", shown));
  return fail(Code::kType, fmt::format("key {} is a sorted set, not a string", shown));
}

// The hint is left to the caller: users do not type commands at a library.
tl::unexpected<Error> ReadView::corrupt(std::string_view key, const log::Broken& broken) {
  const std::string seq = broken.seq ? fmt::format(" seq {}", broken.seq) : "";
  std::string shown;
  append_quoted(key, &shown, kShownKey);
  return fail(Code::kCorrupt,
              fmt::format("key {}{} offset {}: {}", shown, seq, broken.offset, broken.reason));
}

Status ReadView::resolve(std::string_view key, const At& at, Record* record) const {
  return resolve_found(key, generation_->find(key, seq_), at, record);
}

Status ReadView::resolve_found(std::string_view key, const Found& found, const At& at,
                               Record* record) const {
  generation_->reads().add();
  if (at.now() ? found.is_corrupt() : found.has_lost_history()) [[unlikely]]
    return corrupt(key, found.broken);
  *record = found.record;
  if (!at.now()) {
    KV_TRY(check_floor(at));
    KV_TRY(go_back(key, at, record));
  } else if (found.cleared) [[unlikely]] {
    record->at = nullptr;
  }
  if (!record->at) return {};
  if (record->kind == Kind::kHole) {
    return corrupt(key, {record->offset, record->seq, log::kValueLost});
  }
  if (record->kind == Kind::kDelete || has_expired(*record, at)) record->at = nullptr;
  return {};
}

Status ReadView::resolve_from(std::string_view key, const At& at, Record* record) const {
  if (record->seq > seq_) [[unlikely]] {
    const auto older = log::find_seq(generation_->view(), *record, seq_);
    if (!older) return corrupt(key, older.error());
    *record = *older;
  }
  if (!at.now()) {
    KV_TRY(go_back(key, at, record));
  } else if (is_before(*record, clear_before(at))) {
    record->at = nullptr;
  }
  if (record->at && (record->kind == Kind::kDelete || has_expired(*record, at))) {
    record->at = nullptr;
  }
  return {};
}

bool ReadView::has_expired(const Record& record, const At& at) const {
  if (at.now()) return is_expired(record);
  // As of a seq there is no time by which to judge an expiry: the version counts.
  return at.time_us && record.expires != 0 && record.expires <= *at.time_us / 1000;
}

Status ReadView::check_floor(const At& at) const {
  const std::uint64_t floor = generation_->log().page().header.floor_seq;
  if (at.seq ? *at.seq >= floor : !generation_->clock().is_purged(*at.time_us)) return {};
  return fail(Code::kPurged, fmt::format("history before version {} is gone", floor));
}

const log::ClearMark* ReadView::clear_before(const At& at) const {
  const Clears& clears = generation_->clears();
  if (clears.newest_offset() == 0) [[likely]]
    return nullptr;
  if (at.now()) return clears.at_seq(seq_);
  if (at.seq) return clears.at_seq(std::min(*at.seq, seq_));
  const auto version = generation_->clock().version_at(*at.time_us);
  return version ? clears.at_time(*at.time_us, version->first_seq, seq_) : nullptr;
}

const log::ClearMark* ReadView::deleted_by(const Record& record, const Record* next) const {
  const Clears& clears = generation_->clears();
  if (!record.at || record.kind == Kind::kDelete || record.offset >= clears.newest_offset()) {
    return nullptr;
  }
  const log::ClearMark* const clear = clears.first_after(record.offset);
  if (!clear || clear->seq > seq_) return nullptr;
  const bool is_first = !next || (clear->offset < next->offset && clear->seq < next->seq);
  return is_first ? clear : nullptr;
}

std::uint64_t ReadView::lost_clear_between(const Record& record, const Record& next) const {
  if (!record.at || record.kind == Kind::kDelete || !next.begins_anew()) return 0;
  const std::uint64_t lost = generation_->damage().lost_clear_after(record.offset, seq_);
  if (lost == 0 || lost > next.offset) return 0;
  const log::ClearMark* const known = generation_->clears().first_after(record.offset);
  return known && known->offset < lost ? 0 : lost;
}

// Whether a CLEAR that may have been lost after the record counted at that moment.
Status ReadView::check_lost_clear(std::string_view key, const At& at, const Record& record) const {
  const Damage& damage = generation_->damage();
  if (damage.lost_clear_after(record.offset, seq_) == 0) [[likely]]
    return {};
  std::uint64_t seq = at.seq.value_or(seq_);
  if (at.time_us) {
    KV_ASSIGN(seq, seq_of_time(*generation_, *at.time_us));
  }
  const std::uint64_t lost = damage.lost_clear_after(record.offset, std::min(seq, seq_));
  if (lost != 0) return corrupt(key, {lost, 0, kMayBeCleared});
  return {};
}

// Goes from the key's newest record back to the one that counted at that moment.
Status ReadView::go_back(std::string_view key, const At& at, Record* record) const {
  if (!record->at) return {};
  const log::View view = generation_->view();
  log::ChainResult<Record> then = Record{};
  if (at.seq) {
    then = log::find_seq(view, *record, *at.seq);
  } else if (const auto version = generation_->clock().version_at(*at.time_us)) {
    then = log::find_time(view, *record, *at.time_us, version->first_seq);
  }
  if (!then) return corrupt(key, then.error());
  *record = *then;
  if (record->at && is_before(*record, clear_before(at))) record->at = nullptr;
  const bool is_there = record->at && record->kind != Kind::kDelete;
  return is_there ? check_lost_clear(key, at, *record) : Status();
}

Status ReadView::append_bytes(const Record& record, std::uint64_t begin, std::uint64_t end,
                              std::string* out) const {
  const auto done = log::read_bytes(generation_->view(), record, begin, end, out);
  if (!done) return corrupt(record.key(), done.error());
  return {};
}

std::optional<std::string_view> ReadView::stored_value(const Record& record) const {
  const bool has_all =
      record.kind == Kind::kSet && record.value_size == record.total && !record.is_encoded();
  if (!has_all || record.total > kMaxValueSize) return std::nullopt;
  if (!log::body_is_valid(record, generation_->log().binding())) return std::nullopt;
  return record.stored();
}

Result<bool> ReadView::whole_value(const Record& record, std::string* value) const {
  constexpr std::uint64_t kShort = 16 << 10;  // nothing of it is to be asked for ahead
  if (record.total <= kShort) [[likely]] {
    if (const auto stored = stored_value(record)) {
      value->assign(*stored);
      return true;
    }
  }
  KV_TRY(check_whole_value(record.total));
  value->clear();
  KV_TRY(append_bytes(record, 0, record.total, value));
  return true;
}

Result<bool> ReadView::get(std::string_view key, std::string* value, const At& at) const {
  Record record;
  KV_TRY(resolve(key, at, &record));
  if (!record.at) return false;
  KV_TRY(check_type(key, record, ValueType::kString));
  return whole_value(record, value);
}

Result<bool> ReadView::read(std::string_view key, std::int64_t offset, std::uint64_t length,
                            std::string* value, const At& at) const {
  Record record;
  KV_TRY(resolve(key, at, &record));
  if (!record.at) return false;
  KV_TRY(check_type(key, record, ValueType::kString));
  KV_TRY(read_part(record, offset, length, value));
  return true;
}

Result<bool> ReadView::read_bytes(std::string_view key, std::int64_t offset, std::uint64_t length,
                                  std::string* value, const At& at) const {
  Record record;
  KV_TRY(resolve(key, at, &record));
  if (!record.at) return false;
  KV_TRY(read_part(record, offset, length, value));
  return true;
}

Status ReadView::read_part(const Record& record, std::int64_t offset, std::uint64_t length,
                           std::string* value) const {
  const std::uint64_t begin = begin_of_read(offset, record.total);
  const std::uint64_t end = begin + std::min(length, record.total - begin);
  KV_TRY(check_part_size(end - begin));
  value->clear();
  return append_bytes(record, begin, end, value);
}

Result<std::optional<SortedSet>> ReadView::sorted_set(std::string_view key, const At& at) const {
  Record record;
  KV_TRY(resolve(key, at, &record));
  if (!record.at) return std::nullopt;
  KV_TRY(check_type(key, record, ValueType::kZset));
  return generation_->sorted_sets().get(generation_->view(), record);
}

Result<std::optional<KeyInfo>> ReadView::stat(std::string_view key, const At& at) const {
  Record record;
  KV_TRY(resolve(key, at, &record));
  if (!record.at) return std::nullopt;
  return key_info(record);
}

namespace {

// Goes from a version's newest record to the newest of the version before. False if there is none,
// nullopt if it is damaged. Records with one seq are one version: a REF and what was appended to it
// in one write. The first of them tells the kind of the version; it is returned in *first.
std::optional<bool> pass_version(const log::View& view, Record* record, Record* first,
                                 Version* version) {
  while (true) {
    *first = *record;
    const bool in_base = view.base().holds(first->offset);
    if (first->seq == version->seq && !in_base)
      version->kind = version_of(view, *first, false).kind;
    if (first->prev == 0 || in_base) return false;
    if (view.header(first->prev, record) != log::HeaderCheck::kValid) return std::nullopt;
    if (record->seq != version->seq) return true;
  }
}

}  // namespace

Status ReadView::history(std::string_view key, std::uint64_t limit,
                         const std::function<bool(const Version&)>& visit) const {
  generation_->reads().add();
  const Found found = generation_->find(key, seq_);
  if (found.has_lost_history()) {
    return corrupt(key, {found.broken.offset, 0, "a record of its history is damaged"});
  }
  const log::View view = generation_->view();
  Record record = found.record;
  bool has_more = record.at != nullptr;
  Record next;
  std::uint64_t left = limit;
  for (; has_more && left > 0; --left) {
    if (const std::uint64_t lost = next.at ? lost_clear_between(record, next) : 0) {
      return corrupt(key, {lost, 0, kMayBeCleared});
    }
    if (const log::ClearMark* const clear = deleted_by(record, next.at ? &next : nullptr)) {
      if (!visit({Version::Kind::kClear, clear->seq, clear->time, 0, 0})) return {};
      if (--left == 0) break;
    }
    Version version = version_of(view, record, view.base().holds(record.offset));
    const auto older = pass_version(view, &record, &next, &version);
    if (!visit(version)) return {};
    if (!older) {
      return corrupt(key, {next.prev, next.seq, "the version before this seq is damaged"});
    }
    has_more = *older;
  }
  const log::FileHeader& header = generation_->log().page().header;
  // A floor of 0 is a base without any version: all writes were recent enough to be kept.
  if (!has_more && left > 0 && view.base().end != 0 && header.floor_seq != 0) {
    visit({Version::Kind::kCut, header.floor_seq, header.floor_time, 0, 0});
  }
  return {};
}

Status ReadView::listable() const {
  const std::uint64_t damage = generation_->damage().of_lists();
  return damage == 0 ? Status{} : damaged_list(damage);
}

Status ReadView::listable(const At& at) const {
  KV_TRY(listable());
  if (at.now() || generation_->damage().of_lists_at(seq_) == 0) return {};
  std::uint64_t seq = at.seq.value_or(seq_);
  if (at.time_us) {
    KV_ASSIGN(seq, seq_of_time(*generation_, *at.time_us));
  }
  const std::uint64_t damage = generation_->damage().of_lists_at(std::min(seq, seq_));
  return damage == 0 ? Status{} : damaged_list(damage);
}

tl::unexpected<Error> ReadView::damaged_list(std::uint64_t offset) const {
  return fail(Code::kCorrupt,
              fmt::format("keys may be missing or out of date: records at offset {} of {} cannot "
                          "be read",
                          offset, generation_->path()));
}

}  // namespace kvstore
