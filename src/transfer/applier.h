// Applies changes to a store, in their order.
//
// Conflicts. A key that was there when the import began is in conflict with the first change to it
// and with all later ones: they are refused, or skipped, or they replace the key as if it had not
// been there. Keys that the import has made are not in conflict. With kGoOn nothing is in conflict:
// a replay continues where an earlier one has ended.
//
// Expiries. A file lists changes that were made one after another, some of them to keys that have
// expired since. Whether a key has expired is therefore decided only at the end: an append to a
// value that has expired meanwhile is an append to that value, and PEXPIREAT can extend its time.
// (Redis reads its append-only file by the same rule.) Readers never see such values: they are
// stored with their expiry, and the appends to them are kept in memory.
//
// Values that are not known. A command that is not carried out leaves its keys out of the import
// until another command sets the whole value (left_out.h): neither an older value nor one that
// starts empty may be taken for theirs.
//
// A dry run imports into another, temporary store; the store that was there is only read.
//
// Writes do not wait for the disk; finish() does. Between calls the applier may hold the store's
// writer lock, so a caller that is about to wait for something calls pause() first.
//
// Thread rule: one thread. The store must outlive the applier, and no other thread should write the
// imported keys meanwhile.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/status.h"
#include "src/command/session.h"
#include "src/store/snapshot.h"
#include "src/store/store.h"
#include "src/transfer/change.h"
#include "src/transfer/expired_values.h"
#include "src/transfer/left_out.h"

namespace kvstore::transfer {

// kGoOn: a change is made to the key as it is, whatever wrote it.
enum class OnConflict : std::uint8_t { kFail, kSkip, kReplace, kGoOn };

struct ApplyCounts {
  std::uint64_t sets = 0;         // sets of strings
  std::uint64_t sorted_sets = 0;  // sorted sets that were made
  std::uint64_t members = 0;      // members that were added, changed or removed, each counted
  std::uint64_t appends = 0;
  std::uint64_t removals = 0;
  std::uint64_t expiries = 0;  // expiries that were changed without the value
  std::uint64_t others = 0;    // Redis' other commands
  std::uint64_t skipped = 0;   // changes to keys that were there before
  std::uint64_t replaced = 0;  // keys that were there before
  std::uint64_t lost = 0;      // values that a history lists as lost
  std::uint64_t left_out = 0;  // keys whose values are not known at the end
  std::uint64_t bytes = 0;     // bytes of keys and values
  std::uint64_t all() const {
    return sets + sorted_sets + members + appends + removals + expiries + others;
  }
};

class Applier {
 public:
  // `there`: the store whose keys were there before the import, or null if there were none (`store`
  // is
  // empty then). A store other than `store` is only read.
  static Result<std::unique_ptr<Applier>> begin(Store& store, Store* there, OnConflict on_conflict);

  // kExists: a conflict. Otherwise the errors of Store's writes, and kNumber if a value that is to
  // be
  // incremented is not a number. With an error, nothing of the change was made.
  Status apply(const Change& change);
  // Applies all changes as one batch, which readers see whole or not at all. The changes are sets,
  // appends, removals and expiries, each of another key, after at most one kClear. With an error
  // nothing was written.
  Status apply_together(std::span<const Change> changes);
  // Releases the writer lock.
  void pause() { hold_.reset(); }
  // Waits until all that was applied is on the disk.
  Status finish();
  const ApplyCounts& counts() const { return counts_; }
  const LeftOut& left_out() const { return left_out_; }

 private:
  // A key as the import sees it.
  struct Current {
    bool is_there = false;
    bool was_there = false;    // there before the import, which has not changed it
    bool has_expired = false;  // the import has set it, and readers no longer see it
    std::uint64_t expires_at_ms = 0;
    ValueType type = ValueType::kString;
  };

  // A key of a command, and its state before the command.
  struct Touched {
    std::string_view key;
    bool is_written = false;
    bool is_made_whole = false;  // the command sets the whole value
    Current current = {};
  };
  enum class Fate : std::uint8_t { kRun, kSkipped, kNotKnown };

  Applier(Store& store, OnConflict on_conflict, bool is_dry)
      : store_(store), on_conflict_(on_conflict), is_dry_(is_dry) {}
  Status begin_snapshot(Store& there);
  Result<Current> look_at(std::string_view key);
  Result<bool> has_versions(std::string_view key);
  Result<bool> may_change(const Change& change, Current* current);
  tl::unexpected<Error> conflict(std::string_view key) const;
  bool is_past(std::uint64_t at_ms) const { return at_ms != 0 && at_ms <= store_.now_us() / 1000; }
  Status carry_out(const Change& change, const Current& current);
  void count_members(const Change& change);
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
  Result<bool> stays_left_out(const Change& change);
  Status pass_over(const Change& change);
  Status leave_out(std::string_view key, std::string_view command, const Current& current);
  // --- run_command.cpp
  Status run(const Change& change);
  Result<Fate> look_at_all(std::vector<Touched>* keys);
  Result<Fate> look_at_one(Touched* touched);
  Status execute(command::Args argv);
  Status clear();
  Status clear_all();
  Status remove_imported(const std::vector<std::string>& keys);
  Result<std::string> value_of(std::string_view key, const Current& current);
  Status write(std::string_view key, std::string_view value, std::uint64_t expires_at_ms,
               ValueType type);
  Status remove(std::string_view key);
  Status store_expired();
  void hold();

  Store& store_;
  const OnConflict on_conflict_;
  const bool is_dry_;  // dry run: the keys that were there before are not in store_
  // nullopt if there were no keys before the import.
  std::optional<Snapshot> before_;
  std::uint64_t before_seq_ = 0;
  // The keys that the import had made up to this seq were removed (FLUSHALL).
  std::uint64_t cleared_seq_ = 0;
  std::optional<WriteHold> hold_;
  std::optional<Batch> batch_;  // what apply_together() gathers
  bool batch_clears_ = false;   // batch_ begins with a clear
  std::uint64_t held_writes_ = 0, held_bytes_ = 0;
  ExpiredValues expired_;
  LeftOut left_out_;
  std::unique_ptr<command::Session> session_;  // runs commands by the command table
  ApplyCounts counts_;
};

}  // namespace kvstore::transfer
