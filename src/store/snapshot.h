// A snapshot: a store as it was at one moment.
//
// It is a seq, and shares the rest with other readers of the file: to take, copy or release one
// costs no more than a read. Its reads always give the same results, whatever is written meanwhile.
// Keys that had not expired when it was taken do not expire in it.
//
// Thread rule: all members on any thread, also concurrently. Store::close() and the store's
// destructor must not overlap them. Afterwards they answer kFailed, and the snapshot holds nothing
// of the file.
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

// A write of one key, as in the log. The views are valid during the call that passes it.
struct LoggedWrite {
  Version::Kind kind = Version::Kind::kSet;
  std::uint64_t seq = 0;  // shared by all writes of a batch
  std::uint64_t time_us = 0;
  std::uint64_t expires_at_ms = 0;  // expiry of the key after the write; 0: none
  std::string_view key;
  ValueType type = ValueType::kString;  // type of the value after the write
  std::string_view value;               // kSet: the whole value; kAppend: the bytes added
  bool starts_anew = false;             // kAppend: the value consists of these bytes alone
  std::uint64_t lost_size = 0;          // kGap: bytes of an append that were lost to damage
  bool in_batch = false;                // the following writes with this seq are of the same batch
  // A value given by COPY, RENAME or UNDO comes in parts of at most kPart bytes, one kSet and then
  // kAppends. The field is the end of this part in the value; 0: not a part.
  static constexpr std::uint64_t kPart = std::uint64_t{16} << 20;
  std::uint64_t part_end = 0;
};

// The beginning of the writes in a file.
struct LogOrigin {
  std::string database_id;      // shared by copies of a database; empty: no file
  std::uint64_t floor_seq = 0;  // earlier history is gone; 0: all history is there
  std::uint64_t floor_time_us = 0;
  // The file was compacted: its first writes, up to the floor, are the state at the floor, in key
  // order.
  bool has_base = false;
};

class Snapshot {
 public:
  // The newest visible version; 0: there is none.
  std::uint64_t seq() const;
  // The time when it was taken, by Store::now_us(). 0 for a snapshot of an older version: there a
  // key has expired only if it was removed.
  std::uint64_t time_us() const;

  // --- Results and errors as the members of Store with these names. With `at`: as of that moment,
  // if it is before the snapshot.
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
  // Visits every write in the file up to the snapshot, including deletions, in log order (per key:
  // in the order of seqs), until visit returns false. Reads the whole file once, with constant
  // memory. kCorrupt: a record is damaged; the writes before it were visited. kSkipped: cancelled
  // (base/cancel.h).
  Status writes(const std::function<bool(const LoggedWrite&)>& visit) const;
  Result<LogOrigin> origin() const;

 private:
  friend class Diff;
  friend class Store;
  friend class TransactionState;
  explicit Snapshot(std::shared_ptr<const SnapshotState> state) : state_(std::move(state)) {}
  std::shared_ptr<const SnapshotState> state_;  // null only after a move
};

}  // namespace kvstore
