// The keys that were written between two moments of a store, and their change, in key order.
//
// Each record of the log between the two moments is read once, in order. It counts if it is its
// key's newest as of the second moment, so each key counts once. The first moment's place in the
// log is found through the index's checkpoints, one at least for every 128 MiB of log. That costs
// the headers of the records of one such part, or of two if the moments are times.
//
// To sort, the first kMostAtOnce keys are held, 16 bytes each; then the same part of the log is
// scanned again for the next ones. So memory is bounded whatever the number of keys. A diff needs
// one pass for each kMostAtOnce keys, in which the other keys cost a comparison.
//
// Versions are compared, neither bytes nor expiries. A key that was set to the same value has
// changed. A key that only expired has not, because nothing was written. A key that was both
// created and deleted in between exists at neither moment and is left out.
//
// The keys that a CLEAR has deleted are reported when the scan reaches it. For the first CLEAR
// after the first moment they come from a walk over the keys of that moment, for later ones from
// another scan of the records since the CLEAR before.
//
// Thread rule: one thread at a time. As with a Snapshot, it must not be used during Store::close().
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/status.h"
#include "src/log/checkpoint.h"
#include "src/log/scanner.h"
#include "src/store/snapshot.h"
#include "src/store/store.h"

namespace kvstore {

// The states of a key at the first and at the second moment.
struct KeyChange {
  std::string_view key;   // valid until the next call
  std::uint64_t seq = 0;  // seq of the newest record by the second moment
  std::uint64_t time_us = 0;
  std::optional<std::uint64_t> size_before, size_after;  // of the value; nullopt: the key was
                                                         // missing
};

class Walk;

class Diff {
 public:
  Diff(Diff&&) noexcept;
  ~Diff();

  static constexpr std::size_t kMostAtOnce = std::size_t{256} << 10;

  // The changes after `from` and up to `to`, both as in At, of keys that begin with `prefix`. A
  // missing `to`, or one later than the snapshot, means the snapshot's moment. kPurged: the file's
  // history does not reach back to `from`. kNumber: `to` is before `from`. kCorrupt. kSkipped
  // (base/cancel.h).
  static Result<Diff> between(const Snapshot& snapshot, const At& from, const At& to,
                              std::string prefix, std::size_t most_at_once = kMostAtOnce);

  // The next key; nullopt at the end. kCorrupt: a record in between is damaged, so that changes may
  // be missing, or a version cannot be read. kFailed, kSkipped. Throws std::bad_alloc.
  Result<std::optional<KeyChange>> next();
  // Returns to the first key.
  void rewind();
  // The number of changed keys, counted by a pass over the log between the moments. Errors as
  // next(). Rewinds.
  Result<std::uint64_t> count();

  // The two moments, as versions.
  std::uint64_t from_seq() const { return from_; }
  std::uint64_t to_seq() const { return to_; }

 private:
  // A changed key, by the offset of its newest record as of the second moment.
  struct Item {
    std::uint64_t beginning = 0;  // first bytes of the key; most comparisons need no more
    std::uint64_t offset = 0;
  };

  Diff(std::shared_ptr<const SnapshotState> state, std::string prefix, std::size_t most_at_once);
  Status find_moments(const At& from, const At& to);
  Status begin_pass();
  Result<log::Record> record_before(const log::Record& record) const;
  Result<std::optional<Item>> next_item();
  Result<std::optional<Item>> take_record(const log::Record& record);
  Result<std::optional<Item>> item_of(const log::Record& record) const;
  Status begin_clear(const log::Record& record);
  Result<std::optional<Item>> next_of_clear();
  Result<std::optional<Item>> cleared(std::string_view key) const;
  bool is_in_pass(std::string_view key) const;
  Status fill();
  void keep_first();
  Item item_at(const log::Record& record) const;
  std::string_view key_of(const Item& item) const;
  bool is_before(const Item& a, const Item& b) const;
  Result<KeyChange> change_of(const Item& item) const;
  bool was_there(const log::Record& record, std::uint64_t seq) const;
  std::optional<std::uint64_t> size_of(const log::Record& record, std::uint64_t seq) const;
  bool is_after_loss_of_before(const log::Record& record) const;
  bool is_behind_all() const;

  std::shared_ptr<const SnapshotState> state_;
  std::string prefix_;
  std::uint64_t from_ = 0, to_ = 0;
  bool reaches_end_ = false;  // the second moment is the newest visible version, or later
  log::Position begin_;
  std::optional<log::Scanner> scanner_;  // none: there is nothing to scan
  // Set while scanner_ stands at a CLEAR: one of these visits the keys that it may have deleted.
  log::ClearMark clear_;
  std::unique_ptr<Walk> keys_;
  std::optional<log::Scanner> again_;
  // The keys that are held: the first ones after `last_`.
  const std::size_t most_at_once_;
  std::vector<Item> items_;
  std::size_t at_ = 0;
  bool has_all_ = false;               // there are none after items_
  std::optional<std::string> last_;    // the last key passed before those in items_
  std::optional<std::string> beyond_;  // keys from this one on are not held in this pass
};

}  // namespace kvstore
