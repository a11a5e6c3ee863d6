// Which keys were written between two moments of a store, and what became of them.
//
// Of the log's stretch from the one moment to the other each record is looked at once, in order,
// and counts if it is its key's newest as of the second moment: so each key comes once, ordered by
// its last change, and nothing is held in memory whatever the number of keys. Where the stretch
// begins is found by the index's checkpoints, of which there is one at least for every 128 MiB of
// log: that costs the heads of the records of one such part, two with times.
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
  Diff& operator=(Diff&&) noexcept;
  ~Diff();

  // From after `from` up to `to`, both as in At; a `to` that is later than the snapshot, or none,
  // is the snapshot's moment. Of keys that begin with `prefix`. kPurged: the file has no history
  // from so far back; kNumber: `to` is before `from`; kCorrupt; kSkipped (base/cancel.h).
  static Result<Diff> between(const Snapshot& snapshot, const At& from, const At& to,
                              std::string prefix);

  // The next key; nullopt: there are no more. kCorrupt: a place in the stretch is damaged, so that
  // changes may be missing, or a version is; what came before was right. kFailed, kSkipped.
  Result<std::optional<KeyChange>> next();
  // The next one is the first again.
  void rewind();

  // The moments, as versions.
  std::uint64_t from_seq() const { return from_; }
  std::uint64_t to_seq() const { return to_; }

 private:
  Diff(std::shared_ptr<const SnapshotState> state, std::string prefix);
  Status find_moments(const At& from, const At& to);
  Result<std::optional<KeyChange>> change_of(const log::Record& record) const;
  Result<std::optional<KeyChange>> take_record(const log::Record& record);
  Status begin_clear(const log::Record& record);
  Result<std::optional<KeyChange>> next_of_clear();
  Result<std::optional<KeyChange>> cleared(std::string_view key) const;
  bool was_there(const log::Record& record, std::uint64_t seq) const;
  std::optional<std::uint64_t> size_of(const log::Record& record, std::uint64_t seq) const;
  bool is_after_loss_of_before(const log::Record& record) const;
  bool is_behind_all() const;

  std::shared_ptr<const SnapshotState> state_;
  std::string prefix_;
  std::uint64_t from_ = 0, to_ = 0;
  log::Position begin_;
  std::optional<log::Scanner> scanner_;  // none: there is nothing to go over
  // While it stands at a CLEAR: one of these goes over what that may have deleted.
  log::ClearMark clear_;
  std::unique_ptr<Walk> keys_;
  std::optional<log::Scanner> again_;
  std::string kept_key_;
};

}  // namespace kvstore
