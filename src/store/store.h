// The store: one file, keys to values, every write an appended record.
//
// Thread rule: every member may be called from any thread at any time, except
// that close() and the destructor must not overlap any other call. Readers never
// wait for writers. Writers take turns under one lock, and share their syncs.
//
// Memory: a call for which there is none answers kMemory or throws std::bad_alloc.
// Either way nothing of a write is stored, and the store goes on.
//
// Needs C++20 and tl::expected (libexpected-dev).
//
// Files are read through mappings, and what cannot be read raises SIGBUS: the first open
// installs a handler for it, unless the process has one, so that it costs the records it
// touches and no process.
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

// When a write is on the disk. Whatever the policy, a killed process loses
// nothing: the policy is about power loss.
struct SyncPolicy {
  enum class Mode : std::uint8_t { kAlways, kInterval, kNone };
  Mode mode = Mode::kAlways;
  std::uint32_t interval_ms = 0;  // kInterval only

  static SyncPolicy always() { return {}; }
  static SyncPolicy every_ms(std::uint32_t ms) { return {Mode::kInterval, ms}; }
  static SyncPolicy none() { return {Mode::kNone, 0}; }  // still synced every second or 64 MiB
  // "always", "none" or "<N>ms".
  static Result<SyncPolicy> parse(std::string_view text);
  std::string to_string() const;
};

// What transactions may take (src/store/transaction.h).
struct TransactionLimits {
  std::uint64_t bytes = std::uint64_t{64} << 20;          // of memory, each
  std::uint64_t bytes_of_all = std::uint64_t{256} << 20;  // of memory, all that are open
  std::uint32_t time_ms = 60'000;  // from its beginning to its commit; 0: no limit
};

struct Options {
  bool read_only = false;
  // Opens for reading, beside whoever writes; the first write opens the file for
  // writing. A program that only reads then keeps nobody from writing, unless it finds
  // a torn end, which it cuts: then it is the writer.
  bool lock_at_first_write = false;
  // A store opened for reading looks for what a writer has appended with each
  // read; with this, only with the first read after each refresh().
  bool manual_refresh = false;
  // How long opening for writing waits for another process's lock before it
  // answers kLocked. Meanwhile, once and not at once, on_lock_wait (may be empty)
  // is given the error that names the holder.
  std::uint32_t lock_wait_ms = 0;
  std::function<void(const Error&)> on_lock_wait = {};
  // Of a store opened for reading: what the kReadOnly answer to a write suggests;
  // empty for "open it without --read-only".
  std::string read_only_hint = {};
  SyncPolicy sync = {};
  TransactionLimits transactions = {};
  // Bytes of memory that the store may take for itself, about: the index of what was written
  // lately, what sorting and merging it needs, what is kept of the sealed index. At least
  // kLeastMemory; the mapped file is the system's cache and does not count.
  std::uint64_t memory = kDefaultMemory;
  // Bytes a second that a scrub (src/store/scrub.h) may read of the file in the background, to
  // notice damage before somebody asks for what is damaged. 0: only when scrub() is called.
  std::uint64_t scrub_rate = 0;
  // When the file is to be compacted by itself (src/store/compactor.h): if that many per cent of
  // it, and so many bytes at least, are not needed any more; 0: only when compact() is called. How
  // much history stays, and how fast it goes.
  unsigned compact_at = 0;
  std::uint64_t compact_least_size = std::uint64_t{64} << 20;
  CompactionOptions compaction = {};
  // Called with a sentence when something is noticed that whoever runs the program
  // should hear of at once: the machine's clock was set back, say. From any thread
  // that uses the store, while it opens too, and from one of its own; must not call the store.
  std::function<void(const std::string&)> on_warning = {};
  // Where the file lives (kvstore/file/file_system.h); null is the operating system.
  // Must outlive the store.
  file::FileSystem* file_system = nullptr;
};

// A byte range of the file that holds no trustworthy records.
struct DamagedRange {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  std::string reason;
};

// How the file was found when it was opened.
struct OpenReport {
  enum class How : std::uint8_t {
    kAbsent,     // no such file yet: the first write creates it
    kCreated,    // this open made the file (it was missing or empty)
    kClean,      // closed cleanly the last time
    kRecovered,  // not closed cleanly; nothing but unacknowledged bytes was cut, if any
    kDamaged,    // bit rot: reads go on, writes are refused
    kReadOnly,   // opened beside a possible writer; no recovery was attempted
  };
  How how = How::kAbsent;
  std::uint64_t file_size = 0;
  std::uint64_t cut_offset = 0;      // kRecovered: where the torn tail began
  std::uint64_t cut_size = 0;        // kRecovered: how many bytes were cut, 0 for none
  std::string cut_saved_as;          // where those bytes are kept
  bool was_closed = false;           // kRecovered: what was cut came after a clean close
  std::uint64_t elapsed_us = 0;      // what opening took
  std::vector<DamagedRange> damage;  // kDamaged
  // One or two sentences a person understands, without a final newline.
  std::string to_string() const;
};

// What a value is: bytes, or a sorted set, whose bytes say how it came to be
// (src/sorted_set/changes.h). As a record has it.
enum class ValueType : std::uint8_t { kNone = 0, kString = 1, kZset = 2 };

// What a write did. `seq` is the version it made (strictly increasing over the
// whole store); `total` the value's length afterwards; `existed` whether the
// key was there before.
struct Written {
  std::uint64_t seq = 0;
  std::uint64_t total = 0;
  bool existed = false;
};

struct WriteOptions {
  std::uint64_t expires_at_ms = 0;  // 0: never; at most 2^48-1. set() only.
  bool only_if_absent = false;      // set() only: else Code::kExists
  // Of the bytes that set() stores, whatever was there; append() answers kType if another is
  // there. A sorted set's bytes are not looked at before somebody asks for the set.
  ValueType type = ValueType::kString;
  // false: return once the write is in the file but maybe not on the disk. It
  // must then not be acknowledged before commit() has returned.
  bool wait = true;
  // set() only, instead of expires_at_ms (both: kUsage): it expires so many milliseconds after the
  // write's own time. 0: none.
  std::uint64_t ttl_ms = 0;
  // What they say of a write at that time.
  std::uint64_t expires_ms(std::uint64_t now_ms) const {
    return ttl_ms != 0 ? now_ms + ttl_ms : expires_at_ms;
  }
};

// Reads the state as it was: at a version, or at a time. Default: now. At a time
// is: after the last write, in the order of writes, whose time is at or before it.
struct At {
  std::optional<std::uint64_t> seq;
  std::optional<std::uint64_t> time_us;
  bool now() const { return !seq && !time_us; }
};

// The complete state of a key, from its newest record.
struct KeyInfo {
  ValueType type = ValueType::kNone;
  std::uint64_t size = 0;           // bytes of value
  std::uint64_t expires_at_ms = 0;  // 0: never
  std::uint64_t seq = 0;
  std::uint64_t time_us = 0;
};

// One entry of a key's history, newest first. kClear: the key was deleted with all others
// (Store::clear()). The last one may be kCut: history before this seq, which was written at this
// time, is gone from the file.
struct Version {
  enum class Kind : std::uint8_t { kSet, kAppend, kDelete, kExpire, kHole, kGap, kCut, kClear };
  Kind kind = Kind::kSet;
  std::uint64_t seq = 0;
  std::uint64_t time_us = 0;
  std::uint64_t size = 0;           // the value's length after this version
  std::uint64_t expires_at_ms = 0;  // of the key after it; 0: never
  ValueType type = ValueType::kString;
};

// Asked before something takes so many bytes of memory; an error of it ends the call, and nothing
// is written. It may be empty; it must not call the store.
using TakeMemory = std::function<Status(std::uint64_t bytes)>;

// See Store::undo().
struct UndoOptions {
  At to = {};        // default: as it was before its newest version
  bool wait = true;  // as in WriteOptions
  TakeMemory take_memory = {};
};
struct Undone {
  bool written = false;        // false: the key was in that state already
  std::uint64_t seq = 0;       // of the version that was written; 0 in a transaction
  std::uint64_t restored = 0;  // the version that the key's value is of again; 0: it is missing
  std::uint64_t size = 0;      // of the value
};

// A group of writes that recovery, other processes and other threads see whole
// or not at all: once a read shows one of them, every read after it shows all.
// All share one seq, and of several writes of one key only the outcome is written. (Reads of
// several keys are not one snapshot: what is read before the batch shows is old, what is read
// behind it new. An At gives one.)
class Batch {
 public:
  void set(std::string_view key, std::string_view value, std::uint64_t expires_at_ms = 0,
           ValueType type = ValueType::kString);
  void append(std::string_view key, std::string_view value, ValueType type = ValueType::kString);
  void remove(std::string_view key);
  // All keys, and what the batch has before it.
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

// What the scrub is at.
struct ScrubStatus {
  std::uint64_t rate = 0;      // Options::scrub_rate
  bool running = false;        // a pass is under way
  std::uint64_t at = 0;        // where in the log it is
  std::uint64_t end = 0;       // and where that ended when it began
  std::uint64_t bytes = 0;     // read since the open
  std::uint64_t passes = 0;    // whole ones since the open
  std::uint64_t found = 0;     // damaged places, by this pass or, between two, the last
  std::uint64_t ended_us = 0;  // when the last pass ended, microseconds since 1970; 0: none has
};

struct Stats {
  std::uint64_t keys = 0;       // live: neither deleted nor expired
  bool keys_are_known = true;   // false: damage may have taken some; keys is 0
  std::uint64_t file_size = 0;  // bytes, without preallocation
  // Bytes that the file takes on the disk: with preallocation, without holes.
  std::uint64_t allocated = 0;
  std::uint64_t last_seq = 0;
  std::uint64_t durable_size = 0;       // bytes known to be on the disk
  std::uint64_t index_bytes = 0;        // memory the index holds: the four below together
  std::uint64_t memtable_bytes = 0;     // what is written to, its order included
  std::uint64_t sealing_bytes = 0;      // what is being sealed
  std::uint64_t runs_bytes = 0;         // of the sealed runs, what is kept in memory
  std::uint64_t clock_bytes = 0;        // expiries, steps of the clock
  std::uint64_t index_runs = 0;         // sealed, in the file
  std::uint64_t index_sealed_keys = 0;  // entries of them all
  std::uint64_t index_file_bytes = 0;   // that they take in the file
  std::uint64_t index_written = 0;      // bytes of runs written since open
  std::uint64_t index_seals = 0;        // since open
  std::uint64_t index_merges = 0;       // since open
  std::uint64_t index_damaged = 0;      // parts that did not check out, and were made anew
  std::uint64_t checkpoints = 0;        // since open
  std::uint64_t memory_budget = 0;      // Options::memory
  std::uint64_t sorted_sets = 0;        // that are kept in memory
  std::uint64_t sorted_set_bytes = 0;   // that they take
  std::uint64_t sorted_set_folds = 0;   // sets that were made from their records, since open
  std::uint64_t snapshots = 0;          // that are held, those of open transactions, too
  std::uint64_t transaction_bytes = 0;  // memory that open transactions hold
  std::uint64_t writes_slowed = 0;      // since open, to keep within it
  std::uint64_t writes = 0;             // since open
  std::uint64_t reads = 0;              // since open
  std::uint64_t syncs = 0;              // since open
  std::uint64_t epoch = 0;
  ScrubStatus scrub;
  std::uint64_t expiring_keys = 0;  // of `keys`, those that have an expiry
  std::uint64_t expired_keys = 0;   // since open
  bool read_only = false;
  std::optional<Error> writes_refused;  // what a write would be answered, if none would be written
  // What is wrong now and whoever uses the store should hear of, a sentence each.
  // INFO shows them; damage found at the open and refused writes are told apart
  // from these, in open_report() and writes_refused.
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
  bool read_only = false;  // its writes are refused, and it keeps no record of what it reads
  // Instead of those of TransactionLimits, if they are lower; 0: as those say.
  std::uint64_t max_bytes = 0;
  std::uint32_t max_ms = 0;
};

// Reads and writes under the store's writer lock: see Store::update(). It sees its own
// writes. Results and errors as Store's; Written::seq is the one that all of them will
// have. What it is given it copies.
// What has expired is judged by one moment all through.
class Update {
 public:
  Result<bool> get(std::string_view key, std::string* value);
  Result<std::optional<KeyInfo>> stat(std::string_view key);
  Result<Written> set(std::string_view key, std::string_view value, const WriteOptions& = {});
  // The same of a value that is not copied: it must live until Store::update() returns.
  Result<Written> set_held(std::string_view key, std::string_view value, const WriteOptions& = {});
  Result<Written> append(std::string_view key, std::string_view value, const WriteOptions& = {});
  Result<Written> remove(std::string_view key);
  Result<Written> expire(std::string_view key, std::uint64_t expires_at_ms);
  void clear();
  // The value of `from`, of any type, and its expiry become those of `to`, too; false if there is
  // none. A large one is not written again: a few bytes refer to where it stands, and take no
  // memory. kTooBig: it had to be, and has more than kMaxValueSize.
  Result<bool> copy(std::string_view from, std::string_view to, const TakeMemory& take_memory = {});

  // --- Sorted sets (src/sorted_set/sorted_set.h): kType if another value is there.
  Result<std::optional<SortedSet>> sorted_set(std::string_view key);
  // Makes the set if there is none, and removes the key if it becomes empty. A change that changes
  // nothing is none. kNumber: a score is NaN; kTooBig: one write takes no more, or the set would
  // take more memory than Options::memory leaves for it.
  Status change_sorted_set(std::string_view key, std::span<const MemberChange> changes);
  // In place of whatever is there, without an expiry; an empty one removes the key. kTooBig.
  Status set_sorted_set(std::string_view key, const SortedSet& set);

 private:
  friend class Store;
  explicit Update(WriteTransaction& inner) : inner_(inner) {}
  WriteTransaction& inner_;
};

// Keeps the writer lock for several writes of this thread, each with a seq of its own: a
// run of writes need not take it one by one. Meanwhile they return without waiting, and
// Store::commit(), after the hold, makes them durable (within it commit() and
// sync() answer kUsage). Other threads' writes wait, so no
// thread should hold it while it waits for anything. Does nothing before the first write
// has opened the file for writing. Reads are not concerned.
class WriteHold {
 public:
  explicit WriteHold(Store& store);
  ~WriteHold() { release(); }
  WriteHold(const WriteHold&) = delete;
  WriteHold& operator=(const WriteHold&) = delete;
  void release();

 private:
  Writer* held_ = nullptr;  // null: there is nothing to let go of
};

class Store {
 public:
  // Opens or (at the first write) creates `path`. Recovers a file that was not
  // closed. Errors: kLocked (names the owner), kFormat, kVersion, kPermission,
  // kIo, kFull; kNotFound with read_only. An empty file is a new database. A
  // damaged file opens; see open_report() and Stats.
  static Result<std::unique_ptr<Store>> open(const std::string& path, const Options& options = {});
  ~Store();  // close(), ignoring its status
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  // Syncs, notes the clean end, truncates the preallocation, and lets go of the
  // file and its lock, whatever it answers: then every call but stats(),
  // open_report() and path() answers kFailed. Idempotent: later calls answer the same.
  Status close();

  // --- writes. Errors on every one: kTooBig, kFull (heals), kFailed and
  // kDamaged and kReadOnly (do not), kLocked (when the first write creates the
  // file and another process was faster), kCorrupt (the key's newest record is
  // damaged: append needs to know it; set and remove do not).
  Result<Written> set(std::string_view key, std::string_view value, const WriteOptions& = {});
  Result<Written> append(std::string_view key, std::string_view value, const WriteOptions& = {});
  // A missing key is no error: existed == false, and nothing is written or waited for (as
  // with a read, what removed it may not be on the disk yet).
  Result<Written> remove(std::string_view key, const WriteOptions& = {});
  // Puts a key back into the state it had, as a new version: its value and its expiry, or missing
  // (a state whose expiry has passed by now is that, too). Reads and writes under the writer lock,
  // so no other write comes in between. If the state is the one the key has, nothing is written.
  // To be undone itself. Besides the errors of all writes: kPurged if the file has no history of
  // then; kCorrupt if the version, or one between it and the newest, is damaged. Then nothing is
  // written. A large value is referred to, as by Update::copy().
  Result<Undone> undo(std::string_view key, const UndoOptions& options = {});
  // Another expiry for the value that is there, 0 for none: nothing of the value is written. Of a
  // missing key: as remove().
  Result<Written> expire(std::string_view key, std::uint64_t expires_at_ms,
                         const WriteOptions& = {});
  // Deletes all keys, by one record: it takes no longer for more of them. What they were stays
  // history (At, undo(), DIFF), until a compaction drops it. Returns the seq of what deleted them
  // last, or of the newest write.
  Result<std::uint64_t> clear(bool wait = true);
  // `existed` counts: how many of the batch's keys were there before.
  Result<std::uint64_t> apply(const Batch& batch, bool wait = true);
  // Calls `change` under the writer lock: what it reads stays as it is until its writes,
  // which all share one seq, are done. If it answers an error, or throws, nothing is
  // written. It must make its writes through the Update (others answer kUsage), and
  // not wait for other threads that write. Returns the seq of what it wrote, or of the
  // newest write if it wrote nothing.
  Result<std::uint64_t> update(const std::function<Status(Update&)>& change, bool wait = true);

  // --- The store as it is now, kept: src/store/snapshot.h. With `seq`, as it was at that
  // version, or is now if that is yet to come; kPurged if the file keeps no history of it.
  Result<Snapshot> snapshot(std::optional<std::uint64_t> seq = {});
  // Reads of one moment, and writes that are made together: src/store/transaction.h. kMemory.
  Result<Transaction> transaction(const TransactionOptions& options = {});

  // For who is about to ask for, or write, several keys one after the other: has the processor
  // fetch what will be looked at. Answers nothing, and changes nothing but speed.
  void prefetch(std::span<const std::string_view> keys);

  // Waits until all writes made so far (by any thread) are as durable as the
  // policy promises. Under kAlways concurrent callers share one sync; under the
  // other policies it returns at once. kFailed or kIo if the sync failed: then
  // the writes must not be acknowledged.
  Status commit();
  // The same, but where another thread syncs it does not wait: nullopt, and `waiter` is told how
  // it ended (src/store/commit_waiter.h), at the latest when the store is closed.
  std::optional<Status> commit(CommitWaiter& waiter);
  // The same, on the disk whatever the policy.
  Status sync();
  // Versions up to this one are on the disk. 0: it is not known, as the file is not open for
  // writing; sync() opens it, if it may.
  std::uint64_t durable_seq();
  // The newest version that shows; 0: there is none.
  Result<std::uint64_t> last_seq();

  // Seals the index of what is in memory into the file, so that the next open need not read
  // the log; the store does so by itself as it grows. Does nothing before the first write.
  // kUsage, kFull, kIo, kFailed, kMemory: the index stays as it was.
  Status checkpoint();

  // Begins to read all that is in the file, in the background and as fast as it goes. What is
  // found is told as on_warning, by scrub_status() and in Stats::warnings. kLimit, kFailed.
  Status scrub();
  ScrubStatus scrub_status() const;

  // Writes the file anew without what is no longer needed (src/store/compaction.h), while all goes
  // on. Opens it for writing if it is not. kConflict: another compaction is under way; kFull: no
  // room on the disk, found before anything is written or meanwhile; kUsage: with all history
  // kept there is nothing to do; kDamaged, kCorrupt: it is to be repaired first; kSkipped: it was
  // given up, or little would be gained (CompactionOptions::least_garbage); kNotFound: there is
  // no file; kIo, kMemory. With an error nothing has changed; but if the new file could not be
  // made durable under its name (kIo) the store takes no writes until it is opened again.
  Status compact(const CompactionOptions& options);
  // The same into another file, `out`; this one stays as it is. kExists: there is one.
  Status compact_into(const std::string& out, const CompactionOptions& options);
  // The same in the background: returns at once. kConflict, kLimit.
  Status start_compaction(const CompactionOptions& options);
  // Ends the one that is under way, if there is one, soon.
  void stop_compaction();
  CompactionStatus compaction_status() const;
  // Copies what is there now into a new file, `out`, or what came since (src/store/backup.h, also
  // for what it can answer), and verifies that. Beside reads, writes, compactions and other
  // backups; a store that is open for reading makes one, too.
  Result<BackupReport> backup(const std::string& out, const BackupOptions& options);
  const Options& options() const;

  // --- reads. All: kCorrupt if the record that matters is damaged, with key,
  // seq and offset in the message; kPurged with `at` below the floor.
  // get: true and the whole value in *value; false if the key is missing.
  // kTooBig above kMaxValueSize (use read). kType, as read(), if it is no string.
  Result<bool> get(std::string_view key, std::string* value, const At& at = {});
  // Part of a value: a negative offset counts from the end (and stops at the
  // beginning); past the end gives what there is. False if the key is missing.
  Result<bool> read(std::string_view key, std::int64_t offset, std::uint64_t length,
                    std::string* value, const At& at = {});
  // The same of a value of any type, as it is stored.
  Result<bool> read_bytes(std::string_view key, std::int64_t offset, std::uint64_t length,
                          std::string* value, const At& at = {});
  // A sorted set (src/sorted_set/sorted_set.h), which stays as it is; nullopt if the key is
  // missing. The first time it is made from its records, in a time that grows with them; then it is
  // kept in memory. kType: another value is there; kTooBig: Options::memory is too little for it;
  // kCorrupt, too, if the bytes are no set's.
  Result<std::optional<SortedSet>> sorted_set(std::string_view key, const At& at = {});
  // nullopt if the key is missing.
  Result<std::optional<KeyInfo>> stat(std::string_view key, const At& at = {});
  // The same for many keys, all at one moment, in their order; until visit returns false.
  Status stat_each(std::span<const std::string_view> keys,
                   const std::function<bool(const std::optional<KeyInfo>&)>& visit);
  // Newest first, at most `limit`. Includes deletions. The callback returns
  // false to stop. Not an error if the key never existed.
  Status history(std::string_view key, std::uint64_t limit,
                 const std::function<bool(const Version&)>& visit);

  // iterator, scan, scan_step and count are kCorrupt while unreadable records may have been
  // of keys that would be missing, or out of date: never a short list as a whole one.

  // An ordered walk (src/store/iterator.h). It stands on no key yet. The first walk of a
  // store sorts its keys; later ones add what was written since. kSkipped if that was
  // cancelled.
  Result<std::unique_ptr<Iterator>> iterator(const IteratorOptions& options);
  // Keys in byte order: those that begin with `prefix` and are greater than
  // `after` (nullopt: from the first), at most `limit`. An iterator's, all of one version.
  // The view passed to visit is valid during the call. visit returns false to stop.
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

  // Of a store with manual_refresh: the next read takes in what others have
  // written by then. Reads that were asked for together need only one. For one
  // thread: another's read may use up what this one asked for.
  void refresh();

  // While a write is under way its keys may be counted a moment before they show.
  Result<std::uint64_t> count();
  Stats stats();
  // More of them, for monitoring (src/store/figures.h). Reads some keys' records, once a minute.
  StoreFigures figures();
  // The time that writes get and expiries are judged by, in microseconds: the
  // machine's, unless that is beyond belief (before 2000, after 2200) or was set back
  // by a few seconds; then the last one known. What is to expire in a while expires
  // at this time and the while.
  std::uint64_t now_us();
  // The report of the open, by value: opening may happen at the first write.
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
