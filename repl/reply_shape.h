// What a reply's bytes mean where the reply itself does not say: it depends on
// the command, the same over the wire as here.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "src/command/reply.h"
#include "src/command/table.h"

namespace kvstore::repl {

enum class Shape : std::uint8_t {
  kData,      // as it is
  kProse,     // text for people: HELP
  kSections,  // "name:value" lines, under "# Section" headings if any: STATS, INFO, SCRUB STATUS
  kExit,      // the answer to EXIT: at the prompt there is nobody left to read it
  kVersions,  // rows with the columns kVersionColumns: HISTORY
  kWritten,   // OK, or NIL where there was nothing to do: DELETE, SET NX
  kRestored,  // a version, 0 for none, or NIL where there was nothing to do: UNDO
  kChanges,   // rows with the columns kChangeColumns (change_rows.h): DIFF
  kPairs,     // keys and values in turn: RANGE and PREFIX with VALUES
  kScores,    // members and scores in turn: ZRANGE with WITHSCORES, ZPOPMIN
  kCursor,    // where to go on, and keys: SCAN
  kMeta,      // items with the names kMetaNames: GET and READ with META
};

inline constexpr std::array<std::string_view, 5> kVersionColumns{"seq", "time", "kind", "size",
                                                                 "expires"};

inline constexpr std::array<std::string_view, 6> kMetaNames{"seq",  "time",    "type",
                                                            "size", "expires", "value"};

// Of the reply to a command, by its words as typed.
Shape shape_of(command::Args argv);
// Of an array, the first error among its items: EXEC answers so. Null: there is none.
const Error* failed_item(const command::Reply& reply);

}  // namespace kvstore::repl
