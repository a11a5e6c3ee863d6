// The pass that audits a file: every head, every body, the numbers of every chain; the keys of lost
// records, and what a repair is to put in their place.
//
// The keys of lost records. A lost record's successor has the hash of its key (prev_key_hash), and
// the slot has that of the last record before D. Also, the next good record R of each key has the
// offset of its predecessor (prev). So, for a damaged range and a key K whose newest good record
// before the range is P:
//
//   1. K has a record after the range. Its first one, R, tells everything:
//      prev is P (or 0): K lost nothing here.
//      prev lies in the range, R starts a value: an older version is lost. A HOLE marks it for
//        reads of the past; the present value is intact.
//      prev lies in the range, R continues a value: if all that is lost were appends to P (see
//        is_continued), a GAP of R's length before it minus P's keeps all offsets; else a GAP
//        that begins the value, of R's length before it, so that P's older bytes are never
//        mistaken for newer ones.
//   2. K has none, and the lost record's hash is K's: K's newest state is lost. HOLE. A key
//      without any other record is found, too, if the raw bytes of the lost record's key have
//      that hash.
//   3. K has none, and the range lost records with unknown hashes: K's newest good record remains
//      its newest, but may be old. A HOLE on every such key would give up more than was lost, so
//      K is "rolled back": it is listed in the plan and in the result.
//
// If the index in the file covers the range (lost_entries.h), it replaces 2 and 3: a run has each
// key whose newest record in its part of the log was in the range. These keys' newest state is
// lost, HOLE; other keys lost nothing but what 1 finds.
//
// A lost CLEAR (FLUSHALL) is written again: the index's checkpoint lists those that it covers, with
// their versions; otherwise the record after it tells that the last lost record was a CLEAR. What a
// key lost before a CLEAR is history, by 1 to 3, and marked before it. If an unknown CLEAR may have
// been lost (several records are, and the file has had CLEARs), a key's version before the range
// does not tell its state up to the next SET: HOLE, for reads of the past.
//
// A record with a good head and a damaged value has a known key. The good blocks of the value are
// kept; a GAP replaces the bad ones (the value's begin, expiry and length are kept, so that EXISTS,
// STRLEN and undamaged ranges answer as before, and GET is CORRUPT until the key is set again).
//
// Memory: the index's 9 to 19 bytes a key (keys stay in the file), all losses, and 8 bytes for each
// key that is rolled back.
#pragma once

#include <functional>
#include <string>

#include "src/base/status.h"
#include "src/maint/report.h"
#include "src/maint/source.h"
#include "src/maint/walk.h"

namespace kvstore::maint {

// Called with the offset reached, for each record, so it must be cheap.
using Progress = std::function<void(std::uint64_t offset)>;

// kVersion, kMemory. Damage is not an error, but reported.
Result<Report> audit(const Source& source, Way way, std::uint64_t now_ms,
                     const Progress& progress = {});

}  // namespace kvstore::maint
