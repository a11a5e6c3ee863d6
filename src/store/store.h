// A key-value store in one file, in which every write is an appended record.
//
// Thread rule: every member may be called on any thread at any time, except that close() and the
// destructor must not overlap any other call. Readers never wait for writers. Writers take turns
// under one lock and share their syncs.
//
// Memory: a call that lacks memory answers kMemory or throws std::bad_alloc. In both cases nothing
// of a write is stored, and the store remains usable.
//
// Needs C++20 and tl::expected (libexpected-dev).
//
// Files are read through mappings, and an unreadable page raises SIGBUS. The first open installs a
// handler for it, unless the process has one. The error then affects only the records on that page,
// and the process goes on.
//
// Keys are 0 to kMaxKeySize bytes, values 0 to kMaxValueSize bytes a write (a
// value grown by appends may be longer, up to 2^48-1); any byte is legal in
// both. Times are microseconds, expiries milliseconds, since 1970.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/status.h"
#include "src/store/compaction.h"

namespace kvstore {

namespace file {
class FileSystem;
}

inline constexpr std::uint64_t kDefaultMemory = std::uint64_t{256} << 20;
inline constexpr std::uint64_t kLeastMemory = std::uint64_t{16} << 20;

inline constexpr std::size_t kMaxKeySize = 65535;
inline constexpr std::size_t kMaxValueSize = std::size_t{512} << 20;  // one write, one get

// When a write is on the disk. With every policy a killed process loses nothing: the policy
// concerns power loss.
struct SyncPolicy {
  enum class Mode : std::uint8_t { kAlways, kInterval, kNone };
  Mode mode = Mode::kAlways;
  std::uint32_t interval_ms = 0;  // kInterval only

  static SyncPolicy always() { return {}; }
  static SyncPolicy every_ms(std::uint32_t ms) { return {Mode::kInterval, ms}; }
  static SyncPolicy none() { return {Mode::kNone, 0}; }  // still synced every second or 64 MiB
  // Accepts "always", "none" or "<N>ms".
  static Result<SyncPolicy> parse(std::string_view text);
  std::string to_string() const;
};

// Limits for transactions (src/store/transaction.h).
struct TransactionLimits {
  std::uint64_t bytes = std::uint64_t{64} << 20;          // memory of each
  std::uint64_t bytes_of_all = std::uint64_t{256} << 20;  // memory of all open transactions
  std::uint32_t time_ms = 60'000;                         // from begin to commit; 0: no limit
};

struct Options {
  bool read_only = false;
  // Opens for reading, possibly beside a writer; the first write opens the file for writing. A
  // program that only reads then does not prevent others from writing, unless it finds a torn tail:
  // it truncates that and becomes the writer.
  bool lock_at_first_write = false;
  // A store opened for reading checks for new records of a writer at each read; with this option,
  // only at the first read after each refresh().
  bool manual_refresh = false;
  // How long an open for writing waits for the lock of another process before it answers kLocked.
  // If the wait is not short, on_lock_wait (may be empty) is called once with the error that names
  // the holder.
  std::uint32_t lock_wait_ms = 0;
  std::function<void(const Error&)> on_lock_wait = {};
  // For a store opened for reading: the hint in the kReadOnly error of a write; empty for "open it
  // without --read-only".
  std::string read_only_hint = {};
  SyncPolicy sync = {};
  TransactionLimits transactions = {};
  // Approximate limit for the memory of the store: the index of recent writes, sorting and merging
  // it, and the cached parts of the sealed index. At least kLeastMemory. The mapped file is in the
  // system's page cache and does not count.
  std::uint64_t memory = kDefaultMemory;
  // Limit for the bytes per second that a background scrub (src/store/scrub.h) reads, to find
  // damage early. 0: scrubs run only when scrub() is called.
  std::uint64_t scrub_rate = 0;
  // When the file is compacted automatically (src/store/compactor.h): if this share of it, in per
  // cent, and at least this many bytes are not needed any more; 0: only when compact() is called.
  // `compaction` says how much history is kept, and at which rate.
  unsigned compact_at = 0;
  std::uint64_t compact_least_size = std::uint64_t{64} << 20;
  CompactionOptions compaction = {};
  // Called with one sentence when something is noticed that the operator should know at once, such
  // as a step back of the machine's clock. Called on any thread that uses the store, also during
  // the open, and on the store's own threads. It must not call the store.
  std::function<void(const std::string&)> on_warning = {};
  // The file system of the file (src/file/file_system.h); null: the operating system's. Must
  // outlive the store.
  file::FileSystem* file_system = nullptr;
};

// A byte range of the file without valid records.
struct DamagedRange {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  std::string reason;
};

// The state of the file when it was opened.
struct OpenReport {
  enum class How : std::uint8_t {
    kAbsent,     // there is no file yet: the first write creates it
    kCreated,    // this open created the file (it was missing or empty)
    kClean,      // closed cleanly the last time
    kRecovered,  // not closed cleanly; only unacknowledged bytes were cut, if any
    kDamaged,    // corrupt: reads continue, writes are refused
    kReadOnly,   // opened beside a possible writer, without recovery
  };
  How how = How::kAbsent;
  std::uint64_t file_size = 0;
  std::uint64_t cut_offset = 0;      // kRecovered: begin of the torn tail
  std::uint64_t cut_size = 0;        // kRecovered: number of bytes cut; 0: none
  std::string cut_saved_as;          // file with those bytes
  bool was_closed = false;           // kRecovered: the bytes cut were written after a clean close
  std::uint64_t elapsed_us = 0;      // duration of the open
  std::vector<DamagedRange> damage;  // kDamaged
  // One or two sentences for users, without a final newline.
  std::string to_string() const;
};

// The type of a value: bytes, or a sorted set, whose bytes are the changes that produced it
// (src/sorted_set/changes.h). Stored in each record.
enum class ValueType : std::uint8_t { kNone = 0, kString = 1, kZset = 2 };

// The result of a write. `seq` is the new version (strictly increasing over the whole store),
// `total` the length of the value afterwards, `existed` whether the key existed before.
struct Written {
  std::uint64_t seq = 0;
  std::uint64_t total = 0;
  bool existed = false;
};

struct WriteOptions {
  std::uint64_t expires_at_ms = 0;  // 0: none; at most 2^48-1. set() only.
  bool only_if_absent = false;      // set() only: kExists if the key exists
  // The type of the bytes that set() stores, whatever was there. append() answers kType if the key
  // holds another type. The bytes of a sorted set are not checked before the set is read.
  ValueType type = ValueType::kString;
  // false: return when the write is in the file, but perhaps not on the disk. It must not be
  // acknowledged before commit() has returned.
  bool wait = true;
  // set() only, instead of expires_at_ms (both: kUsage): the key expires this many milliseconds
  // after the time of the write. 0: none.
  std::uint64_t ttl_ms = 0;
  // The expiry of a write at that time.
  std::uint64_t expires_ms(std::uint64_t now_ms) const {
    return ttl_ms != 0 ? now_ms + ttl_ms : expires_at_ms;
  }
};

// Reads the state as of a version or a time. Default: now. The state at a time is the one after the
// last write, in the order of writes, whose time is at or before it.
struct At {
  std::optional<std::uint64_t> seq;
  std::optional<std::uint64_t> time_us;
  bool now() const { return !seq && !time_us; }
};

// The state of a key, from its newest record.
struct KeyInfo {
  ValueType type = ValueType::kNone;
  std::uint64_t size = 0;           // length of the value in bytes
  std::uint64_t expires_at_ms = 0;  // 0: none
  std::uint64_t seq = 0;
  std::uint64_t time_us = 0;
};

// One entry of a key's history, newest first. kClear: the key was deleted with all others
// (Store::clear()). kCut can only come last: the history before this seq, which was written at this
// time, is no longer in the file.
struct Version {
  enum class Kind : std::uint8_t { kSet, kAppend, kDelete, kExpire, kHole, kGap, kCut, kClear };
  Kind kind = Kind::kSet;
  std::uint64_t seq = 0;
  std::uint64_t time_us = 0;
  std::uint64_t size = 0;           // length of the value after this version
  std::uint64_t expires_at_ms = 0;  // expiry of the key after it; 0: none
  ValueType type = ValueType::kString;
};

// Called before `bytes` bytes of memory are allocated. An error ends the call, and nothing is
// written. May be empty; must not call the store.
using TakeMemory = std::function<Status(std::uint64_t bytes)>;

// See Store::undo().
struct UndoOptions {
  At to = {};        // default: the state before its newest version
  bool wait = true;  // as in WriteOptions
  TakeMemory take_memory = {};
};
struct Undone {
  bool written = false;        // false: the key already had that state
  std::uint64_t seq = 0;       // the version written; 0 in a transaction
  std::uint64_t restored = 0;  // the version whose value is restored; 0: the key is missing
  std::uint64_t size = 0;      // length of the value
};

// A group of writes that recovery, other processes and other threads see entirely or not at all:
// once a read shows one of them, every later read shows all. All share one seq, and of several
// writes of one key only the outcome is written. (Reads of several keys are not one snapshot: a
// read before the batch becomes visible is old, a later one new. Use At to read one version.)
class Batch {
 public:
  void set(std::string_view key, std::string_view value, std::uint64_t expires_at_ms = 0,
           ValueType type = ValueType::kString);
  void append(std::string_view key, std::string_view value, ValueType type = ValueType::kString);
  void remove(std::string_view key);
  // Deletes all keys, and discards the batch's earlier writes.
  void clear();
  bool only_removes() const;

 private:
  friend class Store;
  enum class Op : std::uint8_t { kSet, kAppend, kRemove };
  struct Entry {
    Op op;
    std::string key, value;
    std::uint64_t expires_at_ms;
    ValueType type;
  };
  std::vector<Entry> entries_;
  bool clears_ = false;
};

// The progress of the scrub.
struct ScrubStatus {
  std::uint64_t rate = 0;      // Options::scrub_rate
  bool running = false;        // a pass is under way
  std::uint64_t at = 0;        // offset in the log
  std::uint64_t end = 0;       // end of the log when the pass began
  std::uint64_t bytes = 0;     // bytes read since the open
  std::uint64_t passes = 0;    // complete passes since the open
  std::uint64_t found = 0;     // damaged places found by this pass or, between passes, by the last
  std::uint64_t ended_us = 0;  // when the last pass ended, microseconds since 1970; 0: none has
};

struct Stats {
  std::uint64_t keys = 0;       // live keys: neither deleted nor expired
  bool keys_are_known = true;   // false: damage may have hidden some; keys is 0
  std::uint64_t file_size = 0;  // bytes, without preallocation
  // Bytes allocated on the disk: with preallocation, without holes.
  std::uint64_t allocated = 0;
  std::uint64_t last_seq = 0;
  std::uint64_t durable_size = 0;       // bytes known to be on the disk
  std::uint64_t index_bytes = 0;        // memory of the index: the sum of the next four
  std::uint64_t memtable_bytes = 0;     // the active memtable with its order
  std::uint64_t sealing_bytes = 0;      // the memtable that is being sealed
  std::uint64_t runs_bytes = 0;         // the cached parts of sealed runs
  std::uint64_t clock_bytes = 0;        // expiries, and steps of the clock
  std::uint64_t index_runs = 0;         // sealed runs in the file
  std::uint64_t index_sealed_keys = 0;  // entries of all sealed runs
  std::uint64_t index_file_bytes = 0;   // size of the runs in the file
  std::uint64_t index_written = 0;      // bytes of runs written since open
  std::uint64_t index_seals = 0;        // since open
  std::uint64_t index_merges = 0;       // since open
  std::uint64_t index_damaged = 0;      // damaged parts that were rebuilt
  std::uint64_t checkpoints = 0;        // since open
  std::uint64_t memory_budget = 0;      // Options::memory
  std::uint64_t sorted_sets = 0;        // cached in memory
  std::uint64_t sorted_set_bytes = 0;   // memory of the cache
  std::uint64_t sorted_set_folds = 0;   // sets built from their records, since open
  std::uint64_t snapshots = 0;          // held, including those of open transactions
  std::uint64_t transaction_bytes = 0;  // memory held by open transactions
  std::uint64_t writes_slowed = 0;      // since open, to stay within the budget
  std::uint64_t writes = 0;             // since open
  std::uint64_t reads = 0;              // since open
  std::uint64_t syncs = 0;              // since open
  std::uint64_t epoch = 0;
  ScrubStatus scrub;
  std::uint64_t expiring_keys = 0;  // those of `keys` that have an expiry
  std::uint64_t expired_keys = 0;   // since open
  bool read_only = false;
  std::optional<Error> writes_refused;  // the error of a write, if writes are refused
  // Present problems that users should know, one sentence each. INFO shows them. Damage found at
  // the open and refused writes are reported by open_report() and writes_refused instead.
  std::vector<std::string> warnings;
};

class CommitWaiter;
class Core;
class Iterator;
class ChangeFeed;
class Snapshot;
class SortedSet;
class Store;
class Transaction;
class ValueFeed;
class Waiter;
class WriteTransaction;
class Writer;
struct MemberChange;
struct StoreFigures;
struct BackupOptions;
struct BackupReport;
struct IteratorOptions;

struct TransactionOptions {
  bool read_only = false;  // refuses writes, and does not record reads
  // Used instead of TransactionLimits if lower; 0: TransactionLimits apply.
  std::uint64_t max_bytes = 0;
  std::uint32_t max_ms = 0;
};

// Reads and writes under the store's writer lock: see Store::update(). Reads see the update's own
// writes. Results and errors as the members of Store; Written::seq is the seq that all of its
// writes get. Arguments are copied. Expiry is judged as of one moment throughout.
class Update {
 public:
  Result<bool> get(std::string_view key, std::string* value);
  Result<std::optional<KeyInfo>> stat(std::string_view key);
  Result<Written> set(std::string_view key, std::string_view value, const WriteOptions& = {});
  // The same without a copy of the value, which must live until Store::update() returns.
  Result<Written> set_held(std::string_view key, std::string_view value, const WriteOptions& = {});
  Result<Written> append(std::string_view key, std::string_view value, const WriteOptions& = {});
  Result<Written> remove(std::string_view key);
  Result<Written> expire(std::string_view key, std::uint64_t expires_at_ms);
  void clear();
  // Copies the value of `from`, of any type, and its expiry to `to`; false if `from` is missing. A
  // large value is stored as a short reference to its present place and takes no memory. kTooBig:
  // the value had to be written again and exceeds kMaxValueSize.
  Result<bool> copy(std::string_view from, std::string_view to, const TakeMemory& take_memory = {});

  // --- Sorted sets (src/sorted_set/sorted_set.h): kType if the key holds another type.
  Result<std::optional<SortedSet>> sorted_set(std::string_view key);
  // True for a large set that is not in memory: sorted_set() would read it under the lock. Better
  // end the update, call Store::sorted_set(), and update again.
  bool has_set_to_read(std::string_view key);
  // Creates the set if the key is missing, and removes the key if the set becomes empty. Nothing is
  // written if the set does not change. kNumber: a score is NaN. kTooBig: the write is too large,
  // or the set would need more memory than Options::memory allows.
  Status change_sorted_set(std::string_view key, std::span<const MemberChange> changes);
  // Replaces any value of the key, and its expiry. An empty set removes the key. kTooBig.
  Status set_sorted_set(std::string_view key, const SortedSet& set);

 private:
  friend class Store;
  explicit Update(WriteTransaction& inner) : inner_(inner) {}
  WriteTransaction& inner_;
};

// Holds the writer lock for several writes of this thread, each with its own seq, so that a run of
// writes takes the lock once. Meanwhile writes return without waiting, and Store::commit(), after
// the hold, makes them durable (within it commit() and sync() answer kUsage). Other threads' writes
// block, so a thread should not wait for anything while it holds the lock. Has no effect before the
// first write has opened the file for writing. Does not affect reads.
class WriteHold {
 public:
  explicit WriteHold(Store& store);
  ~WriteHold() { release(); }
  WriteHold(const WriteHold&) = delete;
  WriteHold& operator=(const WriteHold&) = delete;
  void release();

 private:
  Writer* held_ = nullptr;  // null: the lock is not held
};

class Store {
 public:
  // Opens `path`; if there is no such file, the first write creates it. Recovers a file that was
  // not closed cleanly. Errors: kLocked (names the owner), kFormat, kVersion, kPermission, kIo,
  // kFull; kNotFound with read_only. An empty file is a new database. Opening a damaged file
  // succeeds; see open_report() and Stats.
  static Result<std::unique_ptr<Store>> open(const std::string& path, const Options& options = {});
  ~Store();  // close(), ignoring its status
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  // Syncs, marks the file as closed cleanly, truncates the preallocated space, and releases the
  // file and its lock, even if it returns an error. Afterwards every call but stats(),
  // open_report() and path() answers kFailed. Idempotent: later calls return the same.
  Status close();

  // --- Writes. Errors of all: kTooBig. kFull (temporary). kFailed, kDamaged, kReadOnly (until the
  // file is opened again). kLocked (when the first write opens the file and another process holds
  // its lock). kCorrupt (the key's newest record is damaged: append() needs it; set() and remove()
  // do not).
  Result<Written> set(std::string_view key, std::string_view value, const WriteOptions& = {});
  Result<Written> append(std::string_view key, std::string_view value, const WriteOptions& = {});
  // A missing key is not an error: existed == false, and nothing is written or waited for. (As with
  // a read, the removal that was seen may not be on the disk yet.)
  Result<Written> remove(std::string_view key, const WriteOptions& = {});
  // Restores a former state of a key, as a new version: its value and its expiry, or its absence
  // (also if the expiry of that state has passed by now). Reads and writes under the writer lock,
  // so no other write comes in between. Nothing is written if the key has that state already. An
  // undo can be undone. Errors besides those of all writes: kPurged if the file has no history of
  // that state; kCorrupt if the version, or one between it and the newest, is damaged. After an
  // error nothing is written. A large value is stored as a reference, as by Update::copy().
  Result<Undone> undo(std::string_view key, const UndoOptions& options = {});
  // Sets or removes (0) the expiry of a key; its value is not written again. For a missing key: as
  // remove().
  Result<Written> expire(std::string_view key, std::uint64_t expires_at_ms,
                         const WriteOptions& = {});
  // Deletes all keys with one record, whatever their number. They remain in the history (At,
  // undo(), DIFF) until a compaction drops it. Returns the seq of the record, or of the newest
  // write if there was nothing to delete.
  Result<std::uint64_t> clear(bool wait = true);
  // Writes the batch. `existed` counts the keys of the batch that existed before.
  Result<std::uint64_t> apply(const Batch& batch, bool wait = true);
  // Calls `change` under the writer lock: no other write comes between its reads and its writes,
  // which all share one seq. If it returns an error or throws, nothing is written. It must write
  // through the Update (other writes answer kUsage), and must not wait for other threads that
  // write. Returns the seq of its writes, or of the newest write if it wrote nothing.
  Result<std::uint64_t> update(const std::function<Status(Update&)>& change, bool wait = true);

  // --- A snapshot of the store now: src/store/snapshot.h. With `seq`: as of that version, or as of
  // now if there is no such version yet. kPurged if the file has no history of it.
  Result<Snapshot> snapshot(std::optional<std::uint64_t> seq = {});
  // Reads as of one moment, and writes that are committed together: src/store/transaction.h.
  // kMemory.
  Result<Transaction> transaction(const TransactionOptions& options = {});

  // Prefetches the memory that reads or writes of these keys will touch. Changes nothing but speed.
  void prefetch(std::span<const std::string_view> keys);

  // Waits until all writes made so far (by any thread) are as durable as the policy requires. Under
  // kAlways concurrent callers share one sync; under the other policies it returns at once. kFailed
  // or kIo if the sync failed: then the writes must not be acknowledged.
  Status commit();
  // The same, but does not wait for another thread's sync: it returns nullopt, and `waiter` gets
  // the result (src/store/commit_waiter.h), at the latest when the store is closed.
  std::optional<Status> commit(CommitWaiter& waiter);
  // The same, but waits until the writes are on the disk, whatever the policy.
  Status sync();
  // The newest version up to which all versions are on the disk. 0: not known, because the file is
  // not open for writing; sync() opens it if possible.
  std::uint64_t durable_seq();
  // The newest visible version; 0: there is none.
  Result<std::uint64_t> last_seq();

  // Seals the index in memory into the file, so that the next open need not read the log. The store
  // does so by itself as it grows. Has no effect before the first write. kUsage, kFull, kIo,
  // kFailed, kMemory: the index is unchanged.
  Status checkpoint();

  // Starts to read the whole file in the background, without a rate limit. Findings are reported by
  // on_warning, scrub_status() and Stats::warnings. kLimit, kFailed.
  Status scrub();
  ScrubStatus scrub_status() const;

  // Rewrites the file without what is no longer needed (src/store/compaction.h), during other reads
  // and writes. Opens it for writing if necessary. kConflict: another compaction is under way.
  // kFull: not enough free space, found before or during the run. kUsage: all history is to be
  // kept, so there is nothing to do. kDamaged, kCorrupt: repair the file first. kSkipped: stopped,
  // or too little would be gained (CompactionOptions::least_garbage). kNotFound: there is no file.
  // kIo, kMemory. After an error nothing has changed, with one exception: if the new file's name
  // could not be made durable (kIo), the store refuses writes until it is opened again.
  Status compact(const CompactionOptions& options);
  // The same into another file, `out`; this file does not change. kExists: `out` exists.
  Status compact_into(const std::string& out, const CompactionOptions& options);
  // The same in the background: returns at once. kConflict, kLimit.
  Status start_compaction(const CompactionOptions& options);
  // Makes the compaction that is under way, if any, stop soon.
  void stop_compaction();
  CompactionStatus compaction_status() const;
  // Copies the present state, or an increment, into a new file, `out`, and verifies it
  // (src/store/backup.h, also for the errors). Runs beside reads, writes, compactions and other
  // backups, and also in a store opened for reading.
  Result<BackupReport> backup(const std::string& out, const BackupOptions& options);
  const Options& options() const;

  // --- Reads. Errors of all: kCorrupt if the record that counts is damaged, with key, seq and
  // offset in the message; kPurged if `at` is below the floor.
  // get(): true and the whole value in *value; false if the key is missing. kTooBig above
  // kMaxValueSize (use read()). As read(), kType if the value is not a string.
  Result<bool> get(std::string_view key, std::string* value, const At& at = {});
  // Reads part of a value. A negative offset counts from the end (and stops at the beginning). A
  // part past the end is shortened. False if the key is missing.
  Result<bool> read(std::string_view key, std::int64_t offset, std::uint64_t length,
                    std::string* value, const At& at = {});
  // The same for a value of any type, as it is stored.
  Result<bool> read_bytes(std::string_view key, std::int64_t offset, std::uint64_t length,
                          std::string* value, const At& at = {});
  // A copy of a sorted set (src/sorted_set/sorted_set.h), which later writes do not change; nullopt
  // if the key is missing. The first read builds the set from its records, in time proportional to
  // them; then it is cached. kType: the key holds another type. kTooBig: Options::memory is too
  // small for it. kCorrupt also if the bytes are not a set.
  Result<std::optional<SortedSet>> sorted_set(std::string_view key, const At& at = {});
  // The state of a key; nullopt if the key is missing.
  Result<std::optional<KeyInfo>> stat(std::string_view key, const At& at = {});
  // The same for many keys, as of one moment, in the given order; until visit returns false.
  Status stat_each(std::span<const std::string_view> keys,
                   const std::function<bool(const std::optional<KeyInfo>&)>& visit);
  // The versions of a key, newest first, at most `limit`, including deletions. The callback returns
  // false to stop. Not an error if the key never existed.
  Status history(std::string_view key, std::uint64_t limit,
                 const std::function<bool(const Version&)>& visit);

  // iterator, scan, scan_step and count answer kCorrupt while unreadable records may belong to keys
  // that would be missing or outdated. They never return an incomplete list as a complete one.

  // An iterator over the keys in order (src/store/iterator.h), which stands at no key yet. The
  // first iteration of a store sorts its keys; later ones add what was written since. kSkipped if
  // that was cancelled.
  Result<std::unique_ptr<Iterator>> iterator(const IteratorOptions& options);
  // Visits keys in byte order, all as of one version: those that begin with `prefix` and are
  // greater than `after` (nullopt: from the first on), at most `limit`. The view passed to visit is
  // valid during the call. visit returns false to stop.
  Status scan(std::string_view prefix, std::optional<std::string_view> after, std::uint64_t limit,
              const std::function<bool(std::string_view key)>& visit);
  // Keys in byte order, in steps, with nothing held in between: begin with cursor 0, pass
  // back what is returned, until it returns 0. A step looks at `count` keys (at least 1);
  // those that are deleted count, too. Each key that is live from the first call to the last
  // is visited exactly once, whatever is written meanwhile, and whether the store was
  // opened anew. Cursors are below 2^63. One whose place is not known any more, or any other
  // number, leads to the first key again (src/store/scan_cursor.h): a key may then come twice.
  // kNumber where one of a list has done that seven times.
  Result<std::uint64_t> scan_step(std::uint64_t cursor, std::uint64_t count,
                                  const std::function<void(std::string_view key)>& visit);

  // For a store with manual_refresh: the next read loads what others have written by then. One call
  // serves a group of reads that arrived together. For one reading thread: a read of another thread
  // may use up the refresh.
  void refresh();

  // The number of live keys. During a write its keys may be counted shortly before they are
  // visible.
  Result<std::uint64_t> count();
  Stats stats();
  // Further statistics for monitoring (src/store/figures.h). Reads some keys' records, at most once
  // a minute.
  StoreFigures figures();
  // The time of new writes, by which expiry is judged, in microseconds. It is the machine's time,
  // unless that is implausible (before 2000 or from 2200 on) or was set back by a few seconds: then
  // the last known time. Compute an expiry from a TTL with this time.
  std::uint64_t now_us();
  // The report of the open. It is returned by value because the first write may open the file.
  OpenReport open_report() const;
  const std::string& path() const;

 private:
  friend class ChangeFeed;
  friend class ValueFeed;
  friend class Waiter;
  friend class WriteHold;
  explicit Store(std::unique_ptr<Core> core);
  Result<bool> has_file();
  Status check_compactable();
  std::unique_ptr<Core> core_;
};

}  // namespace kvstore
