// Bugs of the indexer and of syncs that tests plant, to see that the harnesses find them. All are
// off.
//
// Thread rule: set while no store is open.
#pragma once

#include <atomic>
#include <cstdint>

namespace kvstore::planted {

// No bug: COPY, RENAME and UNDO refer to values of at least so many bytes, and write smaller ones
// again. Tests whose values are small lower it.
inline std::atomic<std::uint64_t> least_referred{4096};

inline std::atomic<bool> unsynced_run{false};        // a checkpoint does not wait for its runs
inline std::atomic<bool> dropped_deletes{false};     // a merge forgets which keys were deleted
inline std::atomic<bool> last_key_missing{false};    // a sealed run lacks its last key
inline std::atomic<bool> early_punch{false};         // room goes before the checkpoint without it
inline std::atomic<bool> forgotten_memtable{false};  // a seal that failed counts as done
inline std::atomic<bool> retried_sync{false};        // a sync that failed is tried again
inline std::atomic<bool> lost_clear{false};          // a checkpoint lacks the CLEARs

// Of a compaction.
inline std::atomic<bool> unsynced_swap{false};   // the new file gets its name before it is synced
inline std::atomic<bool> nameless_swap{false};   // it is written to though it got no name
inline std::atomic<bool> lost_catch_up{false};   // what was written last is not copied
inline std::atomic<bool> kept_deletes{false};    // what was deleted meanwhile comes back
inline std::atomic<bool> stale_raw_size{false};  // a compressed piece has the raw size of another
inline std::atomic<bool> unmoved_target{false};  // a REF goes on naming what stood in the old file

// Of sorted sets.
inline std::atomic<bool> stale_sorted_set{false};  // the one in memory is taken for every version

// Of backups.
inline std::atomic<bool> unsynced_backup{false};     // it gets its name before it is synced
inline std::atomic<bool> short_increment{false};     // it lacks its last version
inline std::atomic<bool> unproven_increment{false};  // it is put onto any copy that ends alike

}  // namespace kvstore::planted
