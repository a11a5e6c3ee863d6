// An open file: log, memtable and committer put together. What Store promises
// is done here; Store adds only that the file may not exist yet.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/mutex.h"
#include "src/base/reclamation.h"
#include "src/file/file_system.h"
#include "src/index/memtable.h"
#include "src/log/log.h"
#include "src/log/recovery_scan.h"
#include "src/store/affected_keys.h"
#include "src/store/batch.h"
#include "src/store/clock.h"
#include "src/store/committer.h"
#include "src/store/store.h"

namespace kvstore {

// What a write to a store opened for reading is answered.
Error refused_for_reading(const std::string& path, const Options& options);

class Engine {
 public:
  // kNotFound if there is no file, or an empty one and `create` is false. Waits
  // for the writer's lock as the options say.
  static Result<std::unique_ptr<Engine>> open(const std::string& path, const Options& options,
                                              bool create);
  ~Engine();
  Status close();

  Result<Written> set(std::string_view key, std::string_view value, const WriteOptions& options);
  Result<Written> append(std::string_view key, std::string_view value, const WriteOptions& options);
  Result<Written> remove(std::string_view key, const WriteOptions& options);
  Result<std::uint64_t> apply(const Batch& batch, bool wait);
  Status commit();
  Status sync();

  Result<bool> get(std::string_view key, std::string* value, const At& at);
  Result<bool> read(std::string_view key, std::int64_t offset, std::uint64_t length,
                    std::string* value, const At& at);
  Result<std::optional<KeyInfo>> stat(std::string_view key, const At& at);
  Status history(std::string_view key, std::uint64_t limit,
                 const std::function<bool(const Version&)>& visit);
  Status scan(std::string_view prefix, std::optional<std::string_view> after, std::uint64_t limit,
              const std::function<bool(std::string_view)>& visit);
  Result<std::uint64_t> scan_step(std::uint64_t cursor, std::uint64_t count,
                                  const std::function<void(std::string_view)>& visit);
  Result<std::uint64_t> count();
  Stats stats();
  OpenReport report() const;
  // StoreClock::owes_note(), of a reader, who cannot note it. close() of a writer does.
  bool owes_note() const { return clock_.owes_note(); }
  void note_time() { clock_.owe_note(); }
  std::uint64_t time_us() { return clock_.now(); }
  // Something stands after the log's end: a torn tail, or what a writer is building.
  bool has_torn_end() const;

  // kReadOnly: takes in what a writer has appended since. False: the path names
  // another file now, or memory ran out the last time; open another engine.
  Result<bool> refresh();

 private:
  Engine(const std::string& path, const Options& options);
  static Result<std::unique_ptr<Engine>> try_open(const std::string& path, const Options& options,
                                                  bool create);
  Status start(std::unique_ptr<file::LogFile> file, bool created);
  Status load(std::uint64_t file_size) KV_REQUIRES(refresh_mutex_);
  Status finish_recovery(bool clean, bool created) KV_REQUIRES(refresh_mutex_);
  Status save_torn() KV_REQUIRES(refresh_mutex_);
  Status catch_up() KV_REQUIRES(refresh_mutex_);
  bool note_corruption() KV_REQUIRES(refresh_mutex_);
  void report_how(OpenReport::How how) KV_EXCLUDES(report_mutex_);
  void refuse(Error why) KV_EXCLUDES(report_mutex_);
  void index_record(const log::Record& record) KV_REQUIRES(refresh_mutex_);
  void index_key(const log::Record& record) KV_REQUIRES(refresh_mutex_);
  void judge_lists(const PossiblyAffectedKeys& possibly_affected) KV_REQUIRES(refresh_mutex_);
  void explain(const log::Record& record) KV_REQUIRES(refresh_mutex_);

  // Reads the record at an offset from the index. While a batch is put into the
  // index its members lie after end(), and the record each replaces still
  // answers; kHidden if there is none. A thread so sees a batch whole or not at all.
  enum class Sight : std::uint8_t { kRecord, kHidden, kBroken };
  Sight look(std::uint64_t offset, log::Record* record) const;
  Sight look_at(std::uint64_t offset, log::Record* record) const;

  // What the index knows of a key. `record.at` is null if it has no record.
  struct Newest {
    log::Record record;
    std::uint64_t broken_offset = 0;  // a record that may be this key's is damaged
  };
  Newest newest(std::string_view key) const;
  // The record that answers for the key, checked for damage and `at`; nullopt
  // if the key is missing then.
  Result<std::optional<log::Record>> resolve(std::string_view key, const At& at) const;
  Result<log::Record> as_of(std::string_view key, const log::Record& head, const At& at) const;
  Result<log::Record> as_of_time(std::string_view key, const log::Record& head,
                                 std::uint64_t time_us) const;
  Status check_floor(const At& at) const;
  bool is_live(const log::Record& record) const;
  // Not ok where keys may be missing from a list of them, or back in it, because
  // records that nobody can read may have been theirs.
  Status listable() const;
  Status damaged_list(std::uint64_t offset) const;

  Status writable() const;
  struct Target {
    index::Memtable::Place place;
    log::Record record;               // the key's newest, if record.at
    std::uint64_t broken_offset = 0;  // a record that may be this key's is damaged
    bool live = false;
  };
  Result<Target> locate(std::string_view key) KV_REQUIRES(writer_mutex_);
  Result<Written> write(Target& target, log::Change& change) KV_REQUIRES(writer_mutex_);
  Status acknowledge(std::uint64_t end, bool wait) KV_EXCLUDES(writer_mutex_);
  static Status appendable(const Target& target);
  Status reserve_for(const std::vector<FoldedWrite>& writes) KV_REQUIRES(writer_mutex_);
  Status write_one(const FoldedWrite& write_of_key) KV_REQUIRES(writer_mutex_);
  Status append_batch(const std::vector<FoldedWrite>& writes) KV_REQUIRES(writer_mutex_);

  const std::string path_;
  const Options options_;
  file::FileSystem& files_;
  const std::uint64_t hash_seed_;
  mutable StoreClock clock_;

  std::unique_ptr<log::Log> log_;
  // Kept by readers, who go on with it.
  std::unique_ptr<log::RecoveryScan> scan_ KV_GUARDED_BY(refresh_mutex_);
  bool is_outdated_ KV_GUARDED_BY(refresh_mutex_) = false;  // to be opened anew
  index::Memtable memtable_;
  // Null for none. Replaced, never changed, when a reader learns of damage; the
  // ones before live on, for other threads may be looking.
  std::atomic<const PossiblyAffectedKeys*> possibly_affected_{nullptr};
  std::vector<std::unique_ptr<const PossiblyAffectedKeys>> all_possibly_affected_
      KV_GUARDED_BY(refresh_mutex_);

  // Hashes of lost records' keys of which no newer record is known, with where
  // the damage is: such a key may be missing from lists, or wrongly in them.
  std::map<std::uint32_t, std::uint64_t> unexplained_ KV_GUARDED_BY(refresh_mutex_);
  std::atomic<std::uint64_t> list_damage_{0};  // offset of damage that lists suffer from; 0: none

  mutable Mutex report_mutex_;
  OpenReport report_ KV_GUARDED_BY(report_mutex_);
  std::optional<Error> refused_ KV_GUARDED_BY(report_mutex_);  // why writes are
  std::atomic<bool> is_refused_{false};

  Mutex writer_mutex_;
  std::atomic<std::uint64_t> writes_{0};

  Mutex refresh_mutex_;  // held while opening, too
  mutable StripedCounter reads_;
  mutable std::atomic<std::uint64_t> broken_seen_{0};  // such a record's offset, or 0
  std::unique_ptr<Committer> committer_;  // null if writes are refused
  bool closed_ = false;
};

}  // namespace kvstore
