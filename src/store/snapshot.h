// A snapshot: a store as it was at one moment, for as long as it is kept.
//
// It is a seq, and shares what it needs of the file with others: taking one, copying it and
// letting go of it cost no more than a read. Whatever is written meanwhile, its reads answer
// the same again and again; keys that had not expired when it was taken do not expire in it.
//
// Thread rule: all members from any thread at any time, also two at once. Store::close() and
// the store's destructor must not overlap them; afterwards they answer kFailed, and nothing
// of the file is held any more.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "src/base/status.h"
#include "src/store/store.h"

namespace kvstore {

class Diff;
class SnapshotState;

// A write of one key, as the log has it. The views live as long as the call that gave it.
struct LoggedWrite {
  Version::Kind kind = Version::Kind::kSet;
  std::uint64_t seq = 0;  // all writes of a batch share one
  std::uint64_t time_us = 0;
  std::uint64_t expires_at_ms = 0;  // of the key after it; 0: never
  std::string_view key;
  ValueType type = ValueType::kString;  // of the value after it
  std::string_view value;               // kSet: all of it; kAppend: what was added
  bool starts_anew = false;             // kAppend: nothing that the key had before is in its value
  std::uint64_t lost_size = 0;          // kGap: bytes of an append that were lost to damage
  bool in_batch = false;  // all that follow with this seq were written with it, or none
  // A value that COPY, RENAME or UNDO gave, of whatever length, comes in parts of at most kPart
  // bytes, a kSet and kAppends: where this one ends. 0: it is no part.
  static constexpr std::uint64_t kPart = std::uint64_t{16} << 20;
  std::uint64_t part_end = 0;
};

// Where the writes begin that a file has.
struct LogOrigin {
  std::string database_id;      // what copies of a database share; empty: there is no file
  std::uint64_t floor_seq = 0;  // what was before it is gone; 0: nothing is
  std::uint64_t floor_time_us = 0;
  // The file has been compacted: its first writes, those up to the floor, are what was there
  // then, in the order of the keys.
  bool has_base = false;
};

class Snapshot {
 public:
  // The newest version that shows in it; 0: none does.
  std::uint64_t seq() const;
  // When it was taken, by Store::now_us(); 0 for one of an older version, in which nothing has
  // expired that was not removed.
  std::uint64_t time_us() const;

  // --- Results and errors as Store's members of these names. With `at`: as it was then, if
  // that is before the snapshot.
  Result<bool> get(std::string_view key, std::string* value, const At& at = {}) const;
  Result<bool> read(std::string_view key, std::int64_t offset, std::uint64_t length,
                    std::string* value, const At& at = {}) const;
  Result<bool> read_bytes(std::string_view key, std::int64_t offset, std::uint64_t length,
                          std::string* value, const At& at = {}) const;
  Result<std::optional<SortedSet>> sorted_set(std::string_view key, const At& at = {}) const;
  Result<std::optional<KeyInfo>> stat(std::string_view key, const At& at = {}) const;
  Status history(std::string_view key, std::uint64_t limit,
                 const std::function<bool(const Version&)>& visit) const;
  Result<std::unique_ptr<Iterator>> iterator(const IteratorOptions& options) const;
  Status scan(std::string_view prefix, std::optional<std::string_view> after, std::uint64_t limit,
              const std::function<bool(std::string_view key)>& visit) const;
  // Every write that the file has up to the snapshot, deletions, too, in the order of the log:
  // those of a key are in the order of their seqs. Until visit returns false. Reads the whole
  // file once; nothing is held in memory. kCorrupt: a place is damaged; what stands before it
  // was given. kSkipped if it was cancelled (base/cancel.h).
  Status writes(const std::function<bool(const LoggedWrite&)>& visit) const;
  Result<LogOrigin> origin() const;

 private:
  friend class Diff;
  friend class Store;
  friend class TransactionState;
  explicit Snapshot(std::shared_ptr<const SnapshotState> state) : state_(std::move(state)) {}
  std::shared_ptr<const SnapshotState> state_;  // never null, unless it was moved from
};

}  // namespace kvstore
