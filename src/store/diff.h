// Which keys were written between two moments of a store, and what became of them, in the order of
// the keys.
//
// Of the log's stretch from the one moment to the other each record is looked at once, in order,
// and counts if it is its key's newest as of the second moment: so each key counts once. Where the
// stretch begins is found by the index's checkpoints, of which there is one at least for every
// 128 MiB of log: that costs the heads of the records of one such part, two with times.
//
// For the order the first kMostAtOnce keys are held, 16 bytes each, and sorted; then the stretch is
// gone over again for the next ones. So memory is bounded whatever the number of keys, and a diff
// of so many takes a pass for each kMostAtOnce, in which keys that are not of it cost a comparison.
//
// Versions are compared, neither bytes nor expiries: a key that was set to what it was has changed;
// one that only expired has not, for nothing was written. One that was made and removed in between
// is none of either moment, and left out.
//
// What a CLEAR has deleted comes where that stands: by a walk over the keys of the first moment, if
// it is the first CLEAR behind that, else by another look at what was written since the one before.
//
// Thread rule: one thread at a time. As a Snapshot, it must not be used beside Store::close().
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

// What a key was at the first moment, and at the second.
struct KeyChange {
  std::string_view key;   // until the next call
  std::uint64_t seq = 0;  // of what made it what it was at the second moment
  std::uint64_t time_us = 0;
  std::optional<std::uint64_t> size_before, size_after;  // of its value; none: it was missing
};

class Walk;

class Diff {
 public:
  Diff(Diff&&) noexcept;
  ~Diff();

  static constexpr std::size_t kMostAtOnce = std::size_t{256} << 10;

  // From after `from` up to `to`, both as in At; a `to` that is later than the snapshot, or none,
  // is the snapshot's moment. Of keys that begin with `prefix`. kPurged: the file has no history
  // from so far back; kNumber: `to` is before `from`; kCorrupt; kSkipped (base/cancel.h).
  static Result<Diff> between(const Snapshot& snapshot, const At& from, const At& to,
                              std::string prefix, std::size_t most_at_once = kMostAtOnce);

  // The next key; nullopt: there are no more. kCorrupt: a place in the stretch is damaged, so that
  // changes may be missing, or a version is. kFailed, kSkipped. Throws std::bad_alloc.
  Result<std::optional<KeyChange>> next();
  // The next one is the first again.
  void rewind();
  // How many there are, by a pass over the stretch. Errors as next(). Begins again.
  Result<std::uint64_t> count();

  // The moments, as versions.
  std::uint64_t from_seq() const { return from_; }
  std::uint64_t to_seq() const { return to_; }

 private:
  // A key that has changed: where its newest record as of the second moment is.
  struct Item {
    std::uint64_t beginning = 0;  // of the key, so that most comparisons need no more
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
  bool reaches_end_ = false;  // the second moment is now, or later than all that can be seen
  log::Position begin_;
  std::optional<log::Scanner> scanner_;  // none: there is nothing to go over
  // While it stands at a CLEAR: one of these goes over what that may have deleted.
  log::ClearMark clear_;
  std::unique_ptr<Walk> keys_;
  std::optional<log::Scanner> again_;
  // What is held: of keys behind `last_`, the first ones.
  const std::size_t most_at_once_;
  std::vector<Item> items_;
  std::size_t at_ = 0;
  bool has_all_ = false;               // there are none behind items_
  std::optional<std::string> last_;    // the last that was given of those before
  std::optional<std::string> beyond_;  // of keys from here on nothing is held, in this pass
};

}  // namespace kvstore
