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
// What is not known. A command that is not carried out leaves its keys out of the import until
// another one says all of what they are (left_out.h): neither an older value nor one that begins
// anew may pass for theirs.
//
// A dry run is an import into another store, a scratch one; what was there is read, and no more.
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
#include "src/command/session.h"
#include "src/store/snapshot.h"
#include "src/store/store.h"
#include "src/transfer/change.h"
#include "src/transfer/expired_values.h"
#include "src/transfer/left_out.h"

namespace kvstore::transfer {

// kGoOn: a change is made to what is there, whoever wrote it.
enum class OnConflict : std::uint8_t { kFail, kSkip, kReplace, kGoOn };

struct ApplyCounts {
  std::uint64_t sets = 0;         // of strings
  std::uint64_t sorted_sets = 0;  // that were made
  std::uint64_t members = 0;      // of them: added, changed or removed, one by one
  std::uint64_t appends = 0;
  std::uint64_t removals = 0;
  std::uint64_t expiries = 0;  // that were changed without the value
  std::uint64_t others = 0;    // what else Redis' commands do
  std::uint64_t skipped = 0;   // changes to keys that were there
  std::uint64_t replaced = 0;  // keys that were there
  std::uint64_t lost = 0;      // that a history only tells of
  std::uint64_t left_out = 0;  // keys whose values are not known at the end
  std::uint64_t bytes = 0;     // of keys and values
  std::uint64_t all() const {
    return sets + sorted_sets + members + appends + removals + expiries + others;
  }
};

class Applier {
 public:
  // `there`: the store whose keys were there before. Another one than `store` is only read, and
  // null has none; `store` is then empty.
  static Result<std::unique_ptr<Applier>> begin(Store& store, Store* there, OnConflict on_conflict);

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
  const LeftOut& left_out() const { return left_out_; }

 private:
  // A key as the import sees it.
  struct Current {
    bool is_there = false;
    bool was_there = false;    // before the import, which has not touched it
    bool has_expired = false;  // the import has set it, and nobody else sees it any more
    std::uint64_t expires_at_ms = 0;
    ValueType type = ValueType::kString;
  };

  // A key of a command, as it is before it.
  struct Touched {
    std::string_view key;
    bool is_written = false;
    bool is_made_whole = false;  // whatever it was before
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
  const bool is_dry_;  // what was there is not in store_
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
  LeftOut left_out_;
  std::unique_ptr<command::Session> session_;  // of commands that the table makes
  ApplyCounts counts_;
};

}  // namespace kvstore::transfer
