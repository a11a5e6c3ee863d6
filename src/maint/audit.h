// The pass that judges a file: every head, every body, every chain's numbers;
// whose each lost record was, and what a repair is to put in its place.
//
// Whose. A lost record's successor carries the hash of its key (prev_key_hash), the
// slot that of the last record before D. And the next good record R of each key
// carries the offset of its predecessor (prev). So, for a damaged range and a
// key K whose newest good record before the range is P:
//
//   1. K has a record after the range. Its first one, R, tells all:
//      prev is P (or 0): K lost nothing here.
//      prev lies in the range, R starts a value: an older version is lost. A
//        HOLE marks it for reads of the past; the current value is whole.
//      prev lies in the range, R continues a value: if all that is lost were
//        appends to P (see is_continued), a GAP of R's length before it minus
//        P's keeps every offset; else a GAP that begins the value, of R's length
//        before it, so that P's older bytes never pass for newer ones.
//   2. K has none, and K's hash is the one named: K's newest state is lost. HOLE.
//      A key that no other record has is found too if the raw bytes of the lost
//      record's key have that hash.
//   3. K has none, and the range lost records that nobody names: K's newest good
//      record stays its newest, but may be an old one. Putting a HOLE on every
//      such key would give up more than was lost, so K is "rolled back": listed
//      in the plan and in the result, never silent.
//
// Where the index in the file covers the range (lost_entries.h), it takes the place of 2 and 3:
// a run names each key whose newest record in its stretch of the log stood in the range. Those
// keys' newest state is lost, HOLE; no other key lost anything that 1 does not tell of.
//
// A CLEAR (FLUSHALL) that was lost is written again: the index's checkpoint lists those that it
// covers, with their versions; else the record behind it says that it was the last one lost. What
// a key lost before a CLEAR is history, by 1 to 3, and marked before it. Where one may have been
// lost that nobody names (several records are, and the file has had CLEARs), a key's version before
// the range says nothing of the time up to its next SET: HOLE, for reads of the past.
//
// A record whose head is good and whose value is damaged is of a known key. The
// good blocks of the value stay; a GAP takes the place of the bad ones (with the
// value's beginning, expiry and length kept, so that EXISTS, STRLEN and undamaged
// ranges answer as before, and GET is CORRUPT until the key is set anew).
//
// Memory: the index's 9 to 19 bytes a key; keys stay in the file. Losses are
// held whole, and 8 bytes for each key rolled back.
#pragma once

#include <functional>
#include <string>

#include "src/base/status.h"
#include "src/maint/report.h"
#include "src/maint/source.h"
#include "src/maint/walk.h"

namespace kvstore::maint {

// Called with the offset reached; cheap enough to be called for each record.
using Progress = std::function<void(std::uint64_t offset)>;

// kVersion, kMemory. Damage is no error but the answer.
Result<Report> audit(const Source& source, Way way, std::uint64_t now_ms,
                     const Progress& progress = {});

}  // namespace kvstore::maint
