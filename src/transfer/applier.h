// Carries changes out on a store, in their order.
//
// What is there already. A key that was there when the import began is in conflict with the
// first change to it, and with all later ones: they are refused, or passed over, or they take
// its place, as if it had not been there. Keys that the import has made are not in conflict. With
// kGoOn nothing is: a replay goes on where an earlier one has ended.
//
// Expiries. A file tells of changes that were made one after another, some of them to keys that
// have expired since. Whether a key has expired is therefore not asked until all is done: an
// append to a value that has expired meanwhile is an append to that value, and PEXPIREAT gives
// it back its time. (Redis reads its append-only file by the same rule.) Nothing of that is ever
// seen: such values are stored with their expiry, and the appends to them are kept in memory.
//
// Writes are not waited for: finish() is when they are on the disk. Between calls it may hold the
// store's writer lock, so whoever is about to wait for something calls pause() before.
//
// Thread rule: one thread. The store must outlive it, and no other thread should use it to write
// what is imported, too.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/status.h"
#include "src/store/snapshot.h"
#include "src/store/store.h"
#include "src/transfer/change.h"
#include "src/transfer/expired_values.h"

namespace kvstore::transfer {

// kGoOn: a change is made to what is there, whoever wrote it.
enum class OnConflict : std::uint8_t { kFail, kSkip, kReplace, kGoOn };

struct ApplyCounts {
  std::uint64_t sets = 0;
  std::uint64_t appends = 0;
  std::uint64_t removals = 0;
  std::uint64_t others = 0;        // expiries, and what else Redis' commands do
  std::uint64_t skipped = 0;       // changes to keys that were there
  std::uint64_t replaced = 0;      // keys that were there
  std::uint64_t lost = 0;          // that a history only tells of
  std::uint64_t unknown_keys = 0;  // removed, as a command that is not known had changed them
  std::uint64_t bytes = 0;         // of keys and values
  std::uint64_t all() const { return sets + appends + removals + others; }
};

class Applier {
 public:
  // Of a null store, a dry run's whose file is not there, nothing is there. With `dry_run`
  // nothing is written; then what a change finds is what was there before the import.
  static Result<std::unique_ptr<Applier>> begin(Store* store, OnConflict on_conflict, bool dry_run);

  // kExists: a conflict. Otherwise the errors of Store's writes, and kNumber where a number is
  // to be changed that is none; nothing of the change was made.
  Status apply(const Change& change);
  // All of them as one batch, which others see whole or not at all; of sets, appends, removals
  // and expiries, each of another key, behind a kClear or none. With an error nothing was made.
  Status apply_together(std::span<const Change> changes);
  // Lets go of the writer lock.
  void pause() { hold_.reset(); }
  // All that was applied is in the file, and on the disk.
  Status finish();
  const ApplyCounts& counts() const { return counts_; }

 private:
  // A key as the import sees it.
  struct Current {
    bool is_there = false;
    bool was_there = false;    // before the import, which has not touched it
    bool has_expired = false;  // the import has set it, and nobody else sees it any more
    std::uint64_t expires_at_ms = 0;
    ValueType type = ValueType::kString;
  };

  Applier(Store* store, OnConflict on_conflict, bool dry_run)
      : store_(store), on_conflict_(on_conflict), dry_run_(dry_run) {}
  Status begin_snapshot();
  Result<Current> look_at(std::string_view key);
  Result<bool> may_change(const Change& change, Current* current);
  Status carry_out(const Change& change, const Current& current);
  Status set(const Change& change, const Current& current);
  Status append(const Change& change, const Current& current);
  Status append_anew(const Change& change);
  Status write_append(const Change& change);
  Status expire(const Change& change, const Current& current);
  Status add(const Change& change, const Current& current);
  Status patch(const Change& change, const Current& current);
  Status take_from(const Change& change, const Current& current);
  Status change_members(const Change& change, const Current& current);
  Status append_to_expired(const Change& change, const Current& current);
  Status forget(std::string_view key, const Current& current);
  Status clear();
  Status clear_all();
  Status remove_imported(const std::vector<std::string>& keys);
  Result<std::string> value_of(std::string_view key, const Current& current);
  Status write(std::string_view key, std::string_view value, std::uint64_t expires_at_ms,
               ValueType type);
  Status remove(std::string_view key);
  Status store_expired();
  void hold();

  Store* store_;
  OnConflict on_conflict_;
  bool dry_run_;
  // None where nothing was there.
  std::optional<Snapshot> before_;
  std::uint64_t before_seq_ = 0;
  // Of the keys that the import has made, all up to here were removed (FLUSHALL).
  std::uint64_t cleared_seq_ = 0;
  std::optional<WriteHold> hold_;
  std::optional<Batch> batch_;  // what apply_together() gathers
  bool batch_clears_ = false;   // it begins with that
  std::uint64_t held_writes_ = 0, held_bytes_ = 0;
  ExpiredValues expired_;
  ApplyCounts counts_;
};

}  // namespace kvstore::transfer
