// A generation: one open file with all that hangs on it, namely its log, its index, what is
// damaged in it, its clock, and which of its writes show.
//
// Readers pin the generation they find (read_view.h) and keep it until they let go, while
// the store may already use another: a reader's file was replaced, the first write opened
// it for writing, a compaction made a new one.
//
// What shows. A write is in the log first, then in the index, and then the visible seq is
// stored. Whoever reads that seq finds in the index every record up to it; what he finds
// beyond it he passes over, back along the key's chain. So "the newest record that is not
// above the seq" is the same record whenever it is asked for, and a batch, whose records
// share a seq, is seen whole or not at all.
//
// Thread rule: find() and what is const from any thread that keeps the generation alive.
// show() and what changes log, index and clock under the store's writer lock. refresh()
// one thread at a time.
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

// Why what a record says of its key may not have counted any more.
inline constexpr const char* kMayBeCleared =
    "what was written there is damaged, and may have deleted all keys (FLUSHALL)";

// What the log says of a key at a seq.
struct Found {
  log::Record record;  // `at` is null if it has none
  log::Broken broken;  // a record that may be this key's and cannot be read; offset 0: none
  // The newest CLEAR by that seq, if it came after the record: then the key is gone.
  const log::ClearMark* cleared = nullptr;
  // The record that counts cannot be read.
  bool is_corrupt() const {
    return broken.offset > record.offset && !(cleared && cleared->offset > broken.offset);
  }
  // One of those behind `record` cannot be read, whether it counts or not.
  bool has_lost_history() const { return broken.offset > record.offset; }
};

class Generation : public std::enable_shared_from_this<Generation> {
 public:
  // kNotFound if there is no file, or an empty one and `create` is false. Waits for the
  // writer's lock as the options say. A file opened for writing is recovered.
  static Result<std::shared_ptr<Generation>> open(const std::string& path, const Options& options,
                                                  bool create, ReclamationEpochs& epochs);
  // Of a file that was made of the one of `old` and has not got its name, open for writing,
  // synced and closed properly by who made it.
  static Result<std::shared_ptr<Generation>> make(std::unique_ptr<file::LogFile> file,
                                                  const Generation& old);
  // The same of any file that is to be called `path`.
  static Result<std::shared_ptr<Generation>> make(std::unique_ptr<file::LogFile> file,
                                                  const std::string& path, const Options& options,
                                                  ReclamationEpochs& epochs);
  // Of a writer, whose writes are all on the disk or have failed.
  Status close();

  // --- Reading.
  std::uint64_t visible_seq() const { return visible_seq_.load(std::memory_order_acquire); }
  // The log's end behind a write that shows. Of what is written later than visible_seq(), if
  // that is asked for afterwards, nothing lies before it.
  std::uint64_t visible_end() const { return visible_end_.load(std::memory_order_acquire); }
  // Asks for the memory that looking each of these keys up, and reading a short value, will
  // touch: of all of them together, where one after the other each would be waited for.
  void prefetch(std::span<const std::string_view> keys) const;
  // The key's newest record whose seq is not above `seq`.
  Found find(std::string_view key, std::uint64_t seq) const {
    return find(key, index_.hash(key), seq);
  }
  Found find(std::string_view key, std::uint64_t hash, std::uint64_t seq) const;
  // The same from an offset in the index; record->at is null if there is none. False: it
  // cannot be read.
  bool at_seq(std::uint64_t offset, std::uint64_t seq, log::Record* record) const;
  // What a record is as its key's newest, to be counted.
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
  // Where the log was read from when it was opened: the index knew what is before.
  std::uint64_t loaded_from() const { return covered_.end; }
  // Whether compactions by this store have made it of the file of this id.
  bool was_made_of(const log::Id& file_id) const {
    return std::find(made_of_.begin(), made_of_.end(), file_id) != made_of_.end();
  }
  // What the log's state was there.
  const log::Position& covered() const { return covered_; }
  const log::ClockState& covered_clock() const { return covered_clock_; }
  // EXTENTs that nothing needed any more, by then.
  const std::vector<std::uint64_t>& dead() const { return dead_; }
  // Records that were read then.
  std::uint64_t loaded() const { return loaded_; }
  StoreClock& clock() const { return clock_; }
  Clears& clears() { return clears_; }
  const Clears& clears() const { return clears_; }
  StripedCounter& reads() const { return reads_; }
  const std::string& path() const { return path_; }
  file::FileSystem& files() const { return files_; }
  ReclamationEpochs& epochs() const { return epochs_; }
  // Tells a sentence as Options::on_warning.
  void warn(const std::string& sentence) const {
    if (options_.on_warning) options_.on_warning(sentence);
  }
  // The runs that this segment stands in are in use again, with a segment built anew from
  // the log in its place, or were replaced meanwhile. False: there is no memory for it.
  bool heal(const index::KeyIndex::Finding& damaged) const KV_EXCLUDES(healing_mutex_);

  // --- Writing. The records up to `seq` are in the index.
  void show(std::uint64_t seq) {
    visible_seq_.store(seq, std::memory_order_release);
    visible_end_.store(log_->end(), std::memory_order_release);
  }
  // Not ok: why this file takes no writes.
  Status writable() const {
    return is_refused_.load(std::memory_order_acquire) ? refusal() : Status{};
  }
  // From now on no writes are taken, for this reason. Any thread.
  void refuse(Error why) const KV_EXCLUDES(report_mutex_);
  // The same: the log is damaged there.
  void refuse_damaged(std::uint64_t offset) const;
  // A reader whose store may write found a key expired; a slot is to say that it was so late.
  void note_time(std::vector<log::ClockMark> its_peaks) {
    clock_.owe_note();
    clock_.expect(std::move(its_peaks));
    clock_.end_expected();
  }

  // Opened for reading: takes in what a writer has appended since. False: the path names
  // another file now, or memory ran out the last time; open another generation.
  Result<bool> refresh() KV_EXCLUDES(loading_mutex_);
  // Something stands after the log's end: a torn tail, or what a writer is building.
  bool has_torn_end() const;
  OpenReport report() const KV_EXCLUDES(report_mutex_);
  // A sentence, or empty: damage of the log that costs no key.
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

  std::vector<log::Id> made_of_;  // constant once it is a store's current one
  std::vector<std::uint64_t> dead_;
  log::Position covered_;
  log::ClockState covered_clock_;
  std::uint64_t loaded_ = 0;

  mutable Mutex healing_mutex_;
  mutable std::atomic<bool> met_damage_{false};  // of the index

  Mutex loading_mutex_;  // held while opening, too
  // Kept by readers, who go on with it.
  std::unique_ptr<log::RecoveryScan> scan_ KV_GUARDED_BY(loading_mutex_);
  bool is_open_ KV_GUARDED_BY(loading_mutex_) = false;      // what was there then is loaded
  bool is_outdated_ KV_GUARDED_BY(loading_mutex_) = false;  // to be opened anew
  std::uint64_t newest_checkpoint_ KV_GUARDED_BY(loading_mutex_) = 0;  // that was read, or 0

  mutable Mutex report_mutex_;
  OpenReport report_ KV_GUARDED_BY(report_mutex_);
  std::string derived_damage_ KV_GUARDED_BY(report_mutex_);
  // Why writes are refused; a reader may find out.
  mutable std::optional<Error> refused_ KV_GUARDED_BY(report_mutex_);
  mutable std::atomic<bool> is_refused_{false};
};

// What a write to a store opened for reading is answered.
Error refused_for_reading(const std::string& path, const Options& options);

}  // namespace kvstore
