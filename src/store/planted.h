// Bugs that tests switch on, to check that the test harnesses find them. All are off by default,
// and a build without tests has none.
//
// Thread rule: set while no store is open.
#pragma once

#include <atomic>

namespace kvstore::planted {

#ifdef KVSTORE_PLANTED_BUGS
using Bug = std::atomic<bool>;
#else
struct Bug {
  explicit constexpr Bug(bool) {}
  constexpr operator bool() const { return false; }
};
#endif

inline Bug unsynced_run{false};        // a checkpoint does not wait until its runs are synced
inline Bug dropped_deletes{false};     // a merge forgets which keys were deleted
inline Bug last_key_missing{false};    // a sealed run lacks its last key
inline Bug early_punch{false};         // space is freed before a checkpoint without it is written
inline Bug forgotten_memtable{false};  // a seal that failed counts as done
inline Bug retried_sync{false};        // a failed sync is retried
inline Bug lost_clear{false};          // a checkpoint lacks the CLEARs

// Bugs of a compaction.
inline Bug unsynced_swap{false};   // the new file gets its name before it is synced
inline Bug nameless_swap{false};   // the new file is written to though it got no name
inline Bug lost_catch_up{false};   // the last writes are not copied
inline Bug kept_deletes{false};    // a key deleted during the compaction returns
inline Bug stale_raw_size{false};  // a compressed piece has the raw size of another
inline Bug unmoved_target{false};  // a REF still names an offset of the old file

// Bugs of sorted sets.
inline Bug stale_sorted_set{false};  // the cached set is used for every version

// Bugs of backups.
inline Bug unsynced_backup{false};     // the backup gets its name before it is synced
inline Bug short_increment{false};     // an increment lacks its last version
inline Bug unproven_increment{false};  // an increment is applied to any copy with a similar end

}  // namespace kvstore::planted
