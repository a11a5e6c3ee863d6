// The meaning of a reply's bytes where the reply itself does not tell: it depends on the command,
// locally and over the wire.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "src/command/reply.h"
#include "src/command/table.h"

namespace kvstore::repl {

enum class Shape : std::uint8_t {
  kData,       // no special meaning
  kProse,      // text for people: HELP
  kSections,   // "name:value" lines, possibly under "# Section" headings: STATS, INFO, SCRUB STATUS
  kExit,       // the reply to EXIT, which is not shown at the prompt
  kVersions,   // rows with the columns kVersionColumns: HISTORY
  kWritten,    // OK, or NIL if nothing was done: DELETE, SET NX
  kRestored,   // a version, 0 for none, or NIL if nothing was done: UNDO
  kCompacted,  // "name:value" lines, for which there is a sentence: COMPACT
  kBackedUp,   // the same: BACKUP
  kChanges,    // rows with the columns kChangeColumns (change_rows.h): DIFF
  kPairs,      // keys and values alternate: RANGE and PREFIX with VALUES
  kScores,     // members and scores alternate: ZRANGE with WITHSCORES, ZPOPMIN
  kCursor,     // the next cursor, and keys: SCAN
  kMeta,       // items with the names kMetaNames: GET and READ with META
};

inline constexpr std::array<std::string_view, 5> kVersionColumns{"seq", "time", "kind", "size",
                                                                 "expires"};

inline constexpr std::array<std::string_view, 6> kMetaNames{"seq",  "time",    "type",
                                                            "size", "expires", "value"};

// The shape of the reply to a command, by its words as typed.
Shape shape_of(command::Args argv);
// The first error among the items of an array, as EXEC may return it. Null: there is none.
const Error* failed_item(const command::Reply& reply);

}  // namespace kvstore::repl
