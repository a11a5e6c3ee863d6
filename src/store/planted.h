// Bugs that tests plant, to see that the harnesses find them. All are off, and a build without
// tests has none.
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

inline Bug unsynced_run{false};        // a checkpoint does not wait for its runs
inline Bug dropped_deletes{false};     // a merge forgets which keys were deleted
inline Bug last_key_missing{false};    // a sealed run lacks its last key
inline Bug early_punch{false};         // room goes before the checkpoint without it
inline Bug forgotten_memtable{false};  // a seal that failed counts as done
inline Bug retried_sync{false};        // a sync that failed is tried again
inline Bug lost_clear{false};          // a checkpoint lacks the CLEARs

// Of a compaction.
inline Bug unsynced_swap{false};   // the new file gets its name before it is synced
inline Bug nameless_swap{false};   // it is written to though it got no name
inline Bug lost_catch_up{false};   // what was written last is not copied
inline Bug kept_deletes{false};    // what was deleted meanwhile comes back
inline Bug stale_raw_size{false};  // a compressed piece has the raw size of another
inline Bug unmoved_target{false};  // a REF goes on naming what stood in the old file

// Of sorted sets.
inline Bug stale_sorted_set{false};  // the one in memory is taken for every version

// Of backups.
inline Bug unsynced_backup{false};     // it gets its name before it is synced
inline Bug short_increment{false};     // it lacks its last version
inline Bug unproven_increment{false};  // it is put onto any copy that ends alike

}  // namespace kvstore::planted
