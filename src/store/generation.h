// A generation: one open file with the state that belongs to it: its log, its index, its damage,
// its clock, and the newest visible seq.
//
// A reader pins the generation it finds (read_view.h) and keeps it until it releases the pin. The
// store may use another generation by then: because the file was replaced, because the first write
// opened it for writing, or because a compaction made a new file.
//
// Visibility. A write goes to the log first, then to the index, and then the visible seq is stored.
// A reader that loads that seq finds every record up to it in the index. It skips newer records by
// following the key's chain back. So "the newest record that is not above the seq" is always the
// same record, and a batch, whose records share a seq, is visible entirely or not at all.
//
// Thread rule: find() and the const members on any thread that keeps the generation alive. show()
// and everything that changes log, index or clock under the store's writer lock. refresh() on one
// thread at a time.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/mutex.h"
#include "src/base/reclamation.h"
#include "src/file/file_system.h"
#include "src/index/key_index.h"
#include "src/index/tail_hints.h"
#include "src/log/chain.h"
#include "src/log/log.h"
#include "src/log/recovery_scan.h"
#include "src/store/clears.h"
#include "src/store/clock.h"
#include "src/store/damage.h"
#include "src/store/sorted_set_cache.h"
#include "src/store/store.h"

namespace kvstore {

// The reason why a record may not have counted at an older version.
inline constexpr const char* kMayBeCleared =
    "what was written there is damaged, and may have deleted all keys (FLUSHALL)";

// The state of a key at a seq, by the log.
struct Found {
  log::Record record;  // `at` is null if there is no record
  log::Broken broken;  // an unreadable record that may be this key's; offset 0: none
  // The newest CLEAR up to that seq, if it is after the record: it has deleted the key.
  const log::ClearMark* cleared = nullptr;
  // True if the record that counts cannot be read.
  bool is_corrupt() const {
    return broken.offset > record.offset && !(cleared && cleared->offset > broken.offset);
  }
  // True if a record after `record` cannot be read, whether it counts or not.
  bool has_lost_history() const { return broken.offset > record.offset; }
};

class Generation : public std::enable_shared_from_this<Generation> {
 public:
  // kNotFound if there is no file, or an empty one and `create` is false. Waits for the writer lock
  // as the options say. A file opened for writing is recovered.
  static Result<std::shared_ptr<Generation>> open(const std::string& path, const Options& options,
                                                  bool create, ReclamationEpochs& epochs);
  // Makes the generation of a new file that was made from that of `old` and has no name yet. The
  // file must be open for writing, synced and closed cleanly.
  static Result<std::shared_ptr<Generation>> make(std::unique_ptr<file::LogFile> file,
                                                  const Generation& old);
  // The same for any file that is to get the name `path`.
  static Result<std::shared_ptr<Generation>> make(std::unique_ptr<file::LogFile> file,
                                                  const std::string& path, const Options& options,
                                                  ReclamationEpochs& epochs);
  // Closes a writer's file. All writes must be on the disk or have failed.
  Status close();

  // --- Reading.
  std::uint64_t visible_seq() const { return visible_seq_.load(std::memory_order_acquire); }
  // The log's end after a visible write. Writes later than visible_seq(), if that is read
  // afterwards, lie after this offset.
  std::uint64_t visible_end() const { return visible_end_.load(std::memory_order_acquire); }
  // Prefetches the memory that look-ups of these keys, and reads of short values, will touch. The
  // cache misses of all keys then overlap.
  void prefetch(std::span<const std::string_view> keys) const;
  // The key's newest record whose seq is not above `seq`.
  Found find(std::string_view key, std::uint64_t seq) const {
    return find(key, index_.hash(key), seq);
  }
  Found find(std::string_view key, std::uint64_t hash, std::uint64_t seq) const;
  // The same, starting from an offset of the index; record->at is null if there is none. False: it
  // cannot be read.
  bool at_seq(std::uint64_t offset, std::uint64_t seq, log::Record* record) const;
  // The state to be counted of a record that is its key's newest.
  StoreClock::State state_of(const log::Record& record) const {
    return record.offset < clears_.newest_offset() ? StoreClock::State{}
                                                   : StoreClock::state_of(record);
  }
  log::View view() const { return log_->view(); }

  // --- Its parts.
  log::Log& log() const { return *log_; }
  index::KeyIndex& index() { return index_; }
  const index::KeyIndex& index() const { return index_; }
  index::TailHints& hints() const { return hints_; }
  SortedSetCache& sorted_sets() const { return *sorted_sets_; }
  const Damage& damage() const { return damage_; }
  // The offset from which on the open read the log: the index in the file covers what is before.
  std::uint64_t loaded_from() const { return covered_.end; }
  // Whether this store made this file by compactions of the file with this id.
  bool was_made_of(const log::Id& file_id) const {
    return std::find(made_of_.begin(), made_of_.end(), file_id) != made_of_.end();
  }
  // The state of the log at that offset.
  const log::Position& covered() const { return covered_; }
  const log::ClockState& covered_clock() const { return covered_clock_; }
  // EXTENTs that nothing needed any more at that point.
  const std::vector<std::uint64_t>& dead() const { return dead_; }
  // Number of records read by the open.
  std::uint64_t loaded() const { return loaded_; }
  StoreClock& clock() const { return clock_; }
  Clears& clears() { return clears_; }
  const Clears& clears() const { return clears_; }
  StripedCounter& reads() const { return reads_; }
  const std::string& path() const { return path_; }
  file::FileSystem& files() const { return files_; }
  ReclamationEpochs& epochs() const { return epochs_; }
  // Passes a sentence to Options::on_warning.
  void warn(const std::string& sentence) const {
    if (options_.on_warning) options_.on_warning(sentence);
  }
  // Makes the runs that share this damaged segment usable again, with a segment rebuilt from the
  // log, unless they were replaced meanwhile. False: there is no memory for it.
  bool heal(const index::KeyIndex::Finding& damaged) const KV_EXCLUDES(healing_mutex_);

  // --- Writing. Makes the writes up to `seq` visible; their records must be in the index.
  void show(std::uint64_t seq) {
    visible_seq_.store(seq, std::memory_order_release);
    visible_end_.store(log_->end(), std::memory_order_release);
  }
  // Not ok if this file takes no writes; says why.
  Status writable() const {
    return is_refused_.load(std::memory_order_acquire) ? refusal() : Status{};
  }
  // Refuses all further writes for this reason. Any thread.
  void refuse(Error why) const KV_EXCLUDES(report_mutex_);
  // The same, because the log is damaged at `offset`.
  void refuse_damaged(std::uint64_t offset) const;
  // A reader whose store may write found a key expired; a slot is to say that it was so late.
  void note_time(const StoreClock::Instant& believed) {
    clock_.owe_note();
    clock_.inherit(believed);
  }
  // This takes the place of `former`: what that has found expired stays so. Before others use it.
  void inherit_time(const Generation& former);

  // For a file opened for reading: loads the records that a writer has appended since. False: open
  // another generation, because the path names another file now, or because memory ran out the last
  // time.
  Result<bool> refresh() KV_EXCLUDES(loading_mutex_);
  // True if there are bytes after the log's end: a torn tail, or a record that a writer is
  // building.
  bool has_torn_end() const;
  OpenReport report() const KV_EXCLUDES(report_mutex_);
  // A sentence on damage of the log that affects no key; empty if there is none.
  std::string derived_damage() const KV_EXCLUDES(report_mutex_);

 private:
  Generation(const std::string& path, const Options& options, ReclamationEpochs& epochs);
  Found find_healed(std::string_view key, std::uint64_t hash, std::uint64_t seq,
                    const index::KeyIndex::Finding& finding) const;
  static Result<std::shared_ptr<Generation>> try_open(const std::string& path,
                                                      const Options& options, bool create,
                                                      ReclamationEpochs& epochs);
  Result<std::unique_ptr<file::LogFile>> open_file(bool create, bool* created);
  Status start(std::unique_ptr<file::LogFile> file, bool created);
  Status load(std::uint64_t file_size) KV_REQUIRES(loading_mutex_);
  Status recover(bool clean, bool created) KV_REQUIRES(loading_mutex_);
  Status save_torn() KV_REQUIRES(loading_mutex_);
  Status catch_up() KV_REQUIRES(loading_mutex_);
  bool note_damage() KV_REQUIRES(loading_mutex_);
  bool may_have_clears() const KV_REQUIRES(loading_mutex_);
  void note_derived_damage(const std::vector<DamagedRange>& derived) KV_EXCLUDES(report_mutex_);
  log::Position load_checkpoint(const log::View& whole) KV_REQUIRES(loading_mutex_);
  bool has_newer_checkpoint() const KV_REQUIRES(loading_mutex_);
  bool rebuild_segment(const index::Run& run, std::uint64_t seq_before, std::size_t number) const;
  void take(std::vector<log::Record>* records) KV_REQUIRES(loading_mutex_);
  void take(const log::Record& record) KV_REQUIRES(loading_mutex_);
  log::Record record_before(const log::Record& record, std::uint64_t hash)
      KV_REQUIRES(loading_mutex_);
  void take_key(const log::Record& record) KV_REQUIRES(loading_mutex_);
  void take_clear(const log::Record& record) KV_REQUIRES(loading_mutex_);
  void take_extent(const log::Record& record) KV_REQUIRES(loading_mutex_);
  void report_how(OpenReport::How how) KV_EXCLUDES(report_mutex_);
  Status refusal() const KV_EXCLUDES(report_mutex_);

  const std::string path_;
  const Options options_;
  file::FileSystem& files_;
  std::unique_ptr<log::Log> log_;
  ReclamationEpochs& epochs_;
  mutable index::KeyIndex index_;  // heal() changes it
  mutable index::TailHints hints_;
  std::shared_ptr<SortedSetCache> sorted_sets_;  // never null
  mutable Damage damage_;
  mutable StoreClock clock_;
  Clears clears_;
  std::atomic<std::uint64_t> visible_seq_{0};
  std::atomic<std::uint64_t> visible_end_{log::kHeaderPageSize};
  mutable StripedCounter reads_;

  std::vector<log::Id> made_of_;  // constant once the generation is a store's current one
  std::vector<std::uint64_t> dead_;
  log::Position covered_;
  log::ClockState covered_clock_;
  std::uint64_t loaded_ = 0;

  mutable Mutex healing_mutex_;
  mutable std::atomic<bool> met_damage_{false};  // damage of the index was found

  Mutex loading_mutex_;  // held while opening, too
  // Kept by readers, which continue it.
  std::unique_ptr<log::RecoveryScan> scan_ KV_GUARDED_BY(loading_mutex_);
  bool is_open_ KV_GUARDED_BY(loading_mutex_) = false;      // the initial content is loaded
  bool is_outdated_ KV_GUARDED_BY(loading_mutex_) = false;  // another generation must be opened
  std::uint64_t newest_checkpoint_ KV_GUARDED_BY(loading_mutex_) = 0;  // the newest one read, or 0

  mutable Mutex report_mutex_;
  OpenReport report_ KV_GUARDED_BY(report_mutex_);
  std::string derived_damage_ KV_GUARDED_BY(report_mutex_);
  // Why writes are refused; a reader may set it.
  mutable std::optional<Error> refused_ KV_GUARDED_BY(report_mutex_);
  mutable std::atomic<bool> is_refused_{false};
};

// The error of a write to a store opened for reading.
Error refused_for_reading(const std::string& path, const Options& options);

}  // namespace kvstore
