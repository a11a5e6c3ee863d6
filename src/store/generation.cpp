#include "src/store/generation.h"

#include <algorithm>
#include <array>

#include "src/base/prefetch.h"

namespace kvstore {

using log::Record;

Generation::Generation(const std::string& path, const Options& options, ReclamationEpochs& epochs)
    : path_(path),
      options_(options),
      files_(options.file_system ? *options.file_system : file::system_files()),
      epochs_(epochs),
      index_(epochs),
      sorted_sets_(std::make_shared<SortedSetCache>(SortedSetCache::limit_of(options.memory))),
      clock_(options.on_warning) {}

void Generation::prefetch(std::span<const std::string_view> keys) const {
  constexpr std::size_t kTogether = 16;  // more than a processor loads at once
  constexpr unsigned kLines = 4;         // a record's header, key, and a value of 100 bytes
  std::array<std::uint64_t, kTogether> hashes{};
  while (!keys.empty()) {
    const std::size_t count = std::min(keys.size(), kTogether);
    for (std::size_t i = 0; i < count; ++i) {
      hashes[i] = index_.hash(keys[i]);
      index_.prefetch(keys[i], hashes[i]);
    }
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint64_t offset = index_.candidate(keys[i], hashes[i]);
      if (offset != 0) prefetch_lines(log_->file().data(), offset, kLines, log_->end());
    }
    keys = keys.subspan(count);
  }
}

Found Generation::find(std::string_view key, std::uint64_t hash, std::uint64_t seq) const {
  Found found;
  hints_.prefetch(hash, log_->file().data(), log_->end());
  const index::KeyIndex::Finding finding = index_.find(
      key, hash, [this] { return view(); }, &found.record);
  if (finding.damaged) [[unlikely]]
    return find_healed(key, hash, seq, finding);
  const std::uint64_t unreadable = finding.unreadable;
  if (unreadable != 0) [[unlikely]]
    damage_.saw(unreadable);
  const std::uint64_t damaged =
      std::max(unreadable, damage_.may_be_newer(key, found.record.offset));
  if (damaged != 0) [[unlikely]] {
    found.broken = {damaged, 0,
                    damage_.is_of_clear(damaged)
                        ? "the record that deleted all keys (FLUSHALL) is damaged"
                        : "a record that may be this key's newest is damaged"};
  }
  if (found.record.skip != 0) hints_.note(hash, found.record.offset, found.record.skip);
  if (found.record.seq > seq && !found.is_corrupt()) [[unlikely]] {
    auto older = log::find_seq(view(), found.record, seq);
    found = older ? Found{*older, {}} : Found{{}, older.error()};
    const std::uint64_t lost_clear =
        found.record.at ? damage_.lost_clear_after(found.record.offset, seq) : 0;
    if (lost_clear != 0) found.broken = {lost_clear, 0, kMayBeCleared};
  }
  if (found.record.offset < clears_.newest_offset()) [[unlikely]] {
    const log::ClearMark* const clear = clears_.at_seq(seq);
    if (clear && clear->offset > found.record.offset) found.cleared = clear;
  }
  return found;
}

// Rebuilds a damaged part of the index, and looks the key up again.
Found Generation::find_healed(std::string_view key, std::uint64_t hash, std::uint64_t seq,
                              const index::KeyIndex::Finding& finding) const {
  if (heal(finding)) return find(key, hash, seq);
  const std::uint64_t at = finding.damaged->parts()[finding.segment].place.extent;
  return {{}, {at, 0, "the index is damaged there, and there is no memory to rebuild it"}};
}

bool Generation::at_seq(std::uint64_t offset, std::uint64_t seq, Record* record) const {
  const log::View bytes = view();
  if (bytes.header(offset, record) != log::HeaderCheck::kValid) {
    damage_.saw(offset);
    return false;
  }
  if (record->seq <= seq) [[likely]]
    return true;
  const auto older = log::find_seq(bytes, *record, seq);
  if (!older) damage_.saw(older.error().offset);
  if (older) *record = *older;
  return older.has_value();
}

bool Generation::has_torn_end() const {
  const file::LogFile& file = log_->file();
  return log_->end() < file.size() && !file.is_zero(log_->end(), file.size());
}

OpenReport Generation::report() const {
  MutexLock lock(report_mutex_);
  return report_;
}

std::string Generation::derived_damage() const {
  MutexLock lock(report_mutex_);
  return derived_damage_;
}

void Generation::report_how(OpenReport::How how) {
  MutexLock lock(report_mutex_);
  report_.how = how;
}

void Generation::refuse(Error why) const {
  MutexLock lock(report_mutex_);
  refused_ = std::move(why);
  is_refused_.store(true, std::memory_order_release);
}

Status Generation::refusal() const {
  MutexLock lock(report_mutex_);
  return fail(*refused_);
}

// Not from another database that has the file's name now.
void Generation::inherit_time(const Generation& former) {
  if (log_->page().header.db_id != former.log_->page().header.db_id) return;
  clock_.inherit(former.clock_.instant());
  if (former.clock_.owes_note()) clock_.owe_note();
}

Status Generation::close() {
  if (clock_.owes_note() && !log_->mark_in_use()) return {};  // nothing else has been written
  Status closed = log_->close(clock_.slot_time(log_->last_seq()));
  // All is on the disk; only the note that says so found no space, and the next open reads the end.
  const bool is_whole = log_->durable_end() == log_->end();
  return !closed && closed.error().code == Code::kFull && is_whole ? Status{} : closed;
}

}  // namespace kvstore
